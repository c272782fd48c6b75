using Azure.Storage.Blobs;
using DigitalTwin.Gateway.EventIngest;

namespace DigitalTwin.Gateway.Azure;

/// <summary>Refused events as blobs beside the checkpoints.</summary>
internal sealed class BlobPoisonStore(BlobContainerClient container) : IPoisonStore
{
    // The processor lists the container's blobs below the name of its own namespace only.
    private const string Folder = "poison/";

    public Task KeepAsync(string name, ReadOnlyMemory<byte> document, CancellationToken cancellationToken) =>
        container.GetBlobClient(Folder + name).UploadAsync(
            BinaryData.FromBytes(document), overwrite: true, cancellationToken);
}
