using DigitalTwin.Model.Commands;

namespace DigitalTwin.Gateway.Commands;

/// <summary>What a device's answer to a method means for a command, whoever called it: we or an IoT hub.</summary>
internal static class MethodReports
{
    /// <summary>2xx is delivered, 4xx refused by the device, everything else failed.</summary>
    /// <param name="payload">What the device answered besides, as JSON; null: nothing.</param>
    public static SendingReport Answered(int status, string? payload) => new(
        status switch
        {
            >= 200 and < 300 => SendingState.Delivered,
            >= 400 and < 500 => SendingState.Refused,
            _ => SendingState.Failed,
        },
        Short(FormattableString.Invariant($"answered {status} {payload}")));

    public static SendingReport NoAnswer(TimeSpan within) => new(
        SendingState.NotSent, FormattableString.Invariant($"the device did not answer within {within.TotalSeconds} s"));

    /// <summary>As much as a command keeps of a text.</summary>
    public static string Short(string text)
    {
        text = text.TrimEnd();
        return text.Length <= CommandOrder.TextCharactersMax ? text : text[..CommandOrder.TextCharactersMax];
    }
}
