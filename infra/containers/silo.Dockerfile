# syntax=docker/dockerfile:1.17
# A silo of the Orleans cluster: DigitalTwin.Silo.Orleans. Build from the checkout's root:
#   docker buildx build --sbom=true --provenance=mode=max --build-context city=FOLDER \
#     -f infra/containers/silo.Dockerfile -t digitaltwin-silo .
# FOLDER has city.ndjson and, where the city has kinds of its own, kinds/, and nothing else: silos and gateways of one
# tag have the same city, as they must.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG AZURE=true
ARG TARGETARCH
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY twin-model/ twin-model/
COPY silo/ silo/
RUN dotnet publish silo/DigitalTwin.Silo.Orleans -c Release -a $TARGETARCH --self-contained false -p:Azure=$AZURE -o /out/app

# Chiselled: no shell, no package manager, and a user of its own (1654) from the start.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS run
WORKDIR /app
COPY --from=build /out/app ./
COPY --from=city . /city/
# The diagnostics port writes into /tmp, which a read-only container need not have.
ENV DigitalTwin__CityFile=/city/city.ndjson \
    DOTNET_EnableDiagnostics=0 \
    DOTNET_gcServer=1
USER 1654:1654
EXPOSE 8081 11111 30000
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "DigitalTwin.Silo.Orleans.dll"]
