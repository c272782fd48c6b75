using DigitalTwin.Gateway.Commands;

namespace DigitalTwin.Gateway.HubCommands;

/// <summary>
/// What a hub's reply means for a command. Codes: learn.microsoft.com/azure/iot-hub/troubleshoot-error-codes.
/// </summary>
internal static class HubErrors
{
    public const int DeviceNotFound = 404_001;
    public const int DeviceNotOnline = 404_103;
    public const int QuotaExceeded = 403_002;
    public const int NotReached = 503;

    private const int ToHttp = 1_000;

    /// <summary>Another hub may know the device.</summary>
    public static bool IsElsewhere(in HubReply reply) => reply.Error == DeviceNotFound;

    /// <summary>It is asked too much: of a moment, or of a day.</summary>
    public static bool AsksForPause(in HubReply reply) => HttpOf(reply) == 429 || reply.Error == QuotaExceeded;

    /// <summary>What was asked can never be done there, by this device or in this form.</summary>
    public static bool IsForGood(in HubReply reply) => HttpOf(reply) is 400 or 413;

    /// <summary>What becomes of a command whose method was called.</summary>
    public static SendingReport ReportOf(in HubReply reply, TimeSpan answerWithin) => reply.Error switch
    {
        0 => MethodReports.Answered(reply.Status, reply.Payload),
        DeviceNotFound => new SendingReport(SendingState.Failed, "no IoT hub knows the device"),
        DeviceNotOnline or 404 => new SendingReport(SendingState.NotSent, "the device is offline"),
        _ when AsksForPause(reply) => new SendingReport(SendingState.NotSent, "the IoT hub asks for a pause"),
        _ when IsForGood(reply) => new SendingReport(
            SendingState.Failed, MethodReports.Short($"the IoT hub does not take it: {reply.Payload}")),
        _ => HttpOf(reply) switch
        {
            401 or 403 => new SendingReport(SendingState.NotSent, "the IoT hub does not let this gateway in"),
            408 or 504 => MethodReports.NoAnswer(answerWithin),
            _ => new SendingReport(SendingState.NotSent, "the IoT hub is not reached"),
        },
    };

    private static int HttpOf(in HubReply reply) => reply.Error >= 100_000 ? reply.Error / ToHttp : reply.Error;
}
