using System.Collections.Concurrent;
using Azure.Core;
using Azure.Messaging.EventHubs;
using Azure.Messaging.EventHubs.Consumer;
using Azure.Messaging.EventHubs.Processor;
using Azure.Storage.Blobs;
using DigitalTwin.Gateway.EventIngest;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Azure;

/// <summary>
/// Reads one event hub with as many other gateways as there are: each partition that this one gets is a partition of the
/// desk, and all else is decided there.
/// </summary>
internal sealed partial class EventHubReading(
    string hub, AzureSettings settings, BlobContainerClient checkpoints, TokenCredential credential, EventDesk desk,
    ILogger<EventHubReading> log) : IHostedService
{
    private readonly ConcurrentDictionary<string, EventPartition> _partitions = [];
    private readonly EventProcessorClient _processor = new(
        checkpoints, settings.ConsumerGroup, settings.EventHubsNamespace, hub, credential);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _processor.PartitionInitializingAsync += OpenAsync;
        _processor.ProcessEventAsync += OfferAsync;
        _processor.PartitionClosingAsync += CloseAsync;
        _processor.ProcessErrorAsync += TellAsync;
        await _processor.StartProcessingAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _processor.StopProcessingAsync(cancellationToken);
        foreach (var partition in _partitions.Keys)
            await EndAsync(partition);
    }

    // A hub that nobody has read yet is read from its beginning: what devices said before the first start counts.
    private async Task OpenAsync(PartitionInitializingEventArgs opening)
    {
        opening.DefaultStartingPosition = EventPosition.Earliest;
        await EndAsync(opening.PartitionId);
        _partitions[opening.PartitionId] = desk.Open(new EventPlace(hub, opening.PartitionId));
    }

    private async Task OfferAsync(ProcessEventArgs come)
    {
        if (!come.HasEvent || !_partitions.TryGetValue(come.Partition.PartitionId, out var partition))
            return;
        await partition.OfferAsync(Event(come.Data), come.UpdateCheckpointAsync, come.CancellationToken);
    }

    private Task CloseAsync(PartitionClosingEventArgs closing) => EndAsync(closing.PartitionId);

    private async Task EndAsync(string id)
    {
        if (_partitions.TryRemove(id, out var partition))
            await partition.DisposeAsync();
    }

    // The processor tries again by itself.
    private Task TellAsync(ProcessErrorEventArgs failed)
    {
        LogFailed(failed.Exception, hub, failed.PartitionId ?? "", failed.Operation);
        return Task.CompletedTask;
    }

    private static HubEvent Event(EventData data) => new(
        data.EventBody.ToMemory(), data.EnqueuedTime, data.SequenceNumber, data.OffsetString)
    {
        Properties = new Dictionary<string, object>(data.Properties),
        SystemProperties = data.SystemProperties,
    };

    [LoggerMessage(LogLevel.Warning, "Event hub {Hub}, partition '{Partition}': {Operation}")]
    private partial void LogFailed(Exception failed, string hub, string partition, string operation);
}
