# syntax=docker/dockerfile:1.17
# The gateway: DigitalTwin.Host, the page, and with AZURE=true what speaks to Azure. Build from the checkout's root:
#   docker buildx build --sbom=true --provenance=mode=max --build-context city=FOLDER \
#     -f infra/containers/gateway.Dockerfile -t digitaltwin-gateway .
# FOLDER has city.ndjson and, where the city has kinds of its own, kinds/, and nothing else: silos and gateways of one
# tag have the same city, as they must.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS page
WORKDIR /source/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG AZURE=true
ARG TARGETARCH
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY twin-model/ twin-model/
COPY silo/ silo/
COPY gateway/ gateway/
RUN dotnet publish gateway/DigitalTwin.Host -c Release -a $TARGETARCH --self-contained false -p:Azure=$AZURE -o /out/app \
    && mkdir -p /out/data

# Chiselled: no shell, no package manager, and a user of its own (1654) from the start; "extra" for the time zones,
# as wireless M-Bus meters tell the local time.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra AS run
WORKDIR /app
COPY --from=build /out/app ./
COPY --from=city . /city/
COPY --from=page /source/web/dist ./web
COPY --from=build --chown=1654:1654 /out/data /data
# The diagnostics port writes into /tmp, which a read-only container need not have.
ENV DigitalTwin__CityFile=/city/city.ndjson \
    DOTNET_EnableDiagnostics=0 \
    DOTNET_gcServer=0
USER 1654:1654
EXPOSE 8081 8443 8883
VOLUME ["/data"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "DigitalTwin.Host.dll"]
CMD ["serve", "--data", "/data", "--web", "/app/web", "--device-address", "0.0.0.0", "--health-port", "8081"]
