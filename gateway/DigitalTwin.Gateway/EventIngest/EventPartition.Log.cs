using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.EventIngest;

public sealed partial class EventPartition
{
    [LoggerMessage(LogLevel.Critical, "Partition {Partition} of {Hub} is read no more")]
    private static partial void LogFailed(ILogger log, Exception failed, string hub, string partition);

    [LoggerMessage(LogLevel.Warning, "The engine did not take events of partition {Partition} of {Hub}; again in {Seconds} s")]
    private static partial void LogNotAccepted(
        ILogger log, Exception failed, string hub, string partition, double seconds);

    [LoggerMessage(LogLevel.Information, "The engine takes events of partition {Partition} of {Hub} again")]
    private static partial void LogAcceptedAgain(ILogger log, string hub, string partition);

    [LoggerMessage(LogLevel.Error, "Event {Sequence} of partition {Partition} of {Hub} could not be read")]
    private static partial void LogUnreadable(ILogger log, Exception bug, string hub, string partition, long sequence);

    [LoggerMessage(LogLevel.Warning, "Refused event {Sequence} of partition {Partition} of {Hub} was not kept")]
    private static partial void LogPoisonNotKept(
        ILogger log, Exception failed, string hub, string partition, long sequence);

    [LoggerMessage(LogLevel.Warning, "Partition {Partition} of {Hub} was not checkpointed")]
    private static partial void LogNotCheckpointed(ILogger log, Exception failed, string hub, string partition);
}
