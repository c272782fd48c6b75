using System.Globalization;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>The argument of <c>setDimLevel</c> as controllers take it: a whole percentage.</summary>
internal static class DimLevel
{
    private const double PercentMax = 100;

    public static bool TryRead(DeviceCommand command, out byte percent, out string problem)
    {
        percent = 0;
        problem = command.Name != DeviceCommand.SetDimLevel
            ? $"command: '{command.Name}' is not {DeviceCommand.SetDimLevel}"
            : command.Argument is >= 0 and <= PercentMax
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $"percent: {command.Argument} is not 0 to {PercentMax}");
        if (problem.Length > 0)
            return false;
        percent = (byte)Math.Round(command.Argument, MidpointRounding.AwayFromZero);
        return true;
    }
}
