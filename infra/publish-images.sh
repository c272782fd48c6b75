#!/usr/bin/env sh
# Builds the two images with their bills of materials, pushes them to the registry of the deployment, imports the
# collector's image there, and prints the tag to deploy. Needs docker with buildx, and az, signed in with AcrPush.
#   AZURE_CONTAINER_REGISTRY_ENDPOINT=crcityxxxxxx.azurecr.io CITY_FOLDER=… infra/publish-images.sh [--if-missing]
# The tag is the commit and the city, whose folder has city.ndjson and kinds/ alone; --if-missing builds nothing that is there. azd sets
# the registry from the deployment.
set -eu
cd "$(dirname "$0")/.."
registry=${AZURE_CONTAINER_REGISTRY_ENDPOINT:?name the registry, as crcityxxxxxx.azurecr.io}
name=${registry%%.*}
city=${CITY_FOLDER:?name a folder with city.ndjson}
tag=$(git rev-parse --short=12 HEAD)-$(cd "$city" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-8)
collector=v3.5.0

has() { # repository, tag
  az acr repository show --name "$name" --image "$1:$2" --output none 2>/dev/null
}

az acr login --name "$name"
for image in silo gateway; do
  if [ "${1:-}" = --if-missing ] && has "digitaltwin-$image" "$tag"; then continue; fi
  docker buildx build --push --sbom=true --provenance=mode=max --platform linux/amd64 \
    --build-context city="$CITY_FOLDER" --file "infra/containers/$image.Dockerfile" --tag "$registry/digitaltwin-$image:$tag" .
done
has prometheus "$collector" ||
  az acr import --name "$name" --source "quay.io/prometheus/prometheus:$collector" --image "prometheus:$collector"

echo "IMAGE_TAG=$tag"
