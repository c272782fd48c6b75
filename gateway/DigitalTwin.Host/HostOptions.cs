using System.Globalization;
using System.Net;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Model.Demo;
using DigitalTwin.Silo.History;

namespace DigitalTwin.Host;

/// <summary>What the command line says; <c>./run --help</c> explains each.</summary>
internal sealed record HostOptions
{
    // Shorter than a snapshot takes: one follows the other.
    private static readonly TimeSpan s_snapshotIntervalMin = TimeSpan.FromMilliseconds(10);

    // A bare number is days to whoever reads it as a time, and nobody means days.
    private static readonly TimeSpan s_snapshotIntervalMax = TimeSpan.FromDays(1);

    private const int DeviceRateMax = 1_000_000;

    public int Port { get; init; } = 8080;

    public int MqttPort { get; init; } = 1883;

    public int MqttsPort { get; init; } = 8883;

    public int HttpsPort { get; init; } = 8443;

    /// <summary>What the two TLS ports listen on; page and plain MQTT are on loopback whatever it is.</summary>
    public IPAddress DeviceAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Where a supervisor outside this machine asks for health, and for nothing else; none unless it is named.</summary>
    public int? HealthPort { get; init; }

    public string DataFolder { get; init; } = "data";

    /// <summary>The server that has history; without it history is in the data folder.</summary>
    public HistoryServer? History { get; init; }

    /// <summary>Twins live on a cluster of silos instead of in this process.</summary>
    public bool IsOnCluster { get; init; }

    public double Scale { get; init; } = 1;

    public int Seed { get; init; } = 1;

    /// <summary>Where the built page is.</summary>
    public string WebFolder { get; init; } = "web/dist";

    /// <summary>How often the state is written beside the journal: less to play back at a start, more to write.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Rates of devices, and whose connections are not counted.</summary>
    public GatewayLimits Limits { get; init; } = new();

    public bool Dev { get; init; }

    public string? IonToken { get; init; }

    public string? TilesUrl { get; init; }

    public string? ImageryUrl { get; init; }

    /// <summary>A data folder, with the history that this process's environment names.</summary>
    /// <exception cref="FormatException">A setting of the environment does not fit.</exception>
    public static HostOptions Of(string folder) =>
        new() { DataFolder = folder, History = HistoryServer.Find(OrleansBuild.FindTokens()) };

    /// <exception cref="FormatException">An option is unknown, lacks its value or has one that does not fit.</exception>
    public static HostOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new HostOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name == "--dev")
            {
                options = options with { Dev = true };
                continue;
            }

            if (i + 1 >= arguments.Length)
                throw new FormatException($"{name} is unknown or lacks its value");
            options = options.With(name, arguments[++i]);
        }

        return options;
    }

    private HostOptions With(string name, string value) => name switch
    {
        "--port" => this with { Port = Number(name, value, 0, 65_535) },
        "--mqtt-port" => this with { MqttPort = Number(name, value, 0, 65_535) },
        "--mqtts-port" => this with { MqttsPort = Number(name, value, 0, 65_535) },
        "--https-port" => this with { HttpsPort = Number(name, value, 0, 65_535) },
        "--health-port" => this with { HealthPort = Number(name, value, 1, 65_535) },
        "--device-address" => this with
        {
            DeviceAddress = IPAddress.TryParse(value, out var address)
                ? address
                : throw new FormatException($"{name}: '{value}' is not an IP address"),
        },
        "--engine" => this with
        {
            IsOnCluster = value switch
            {
                "embedded" => false,
                "orleans" => true,
                _ => throw new FormatException($"{name}: '{value}' is neither embedded nor orleans"),
            },
        },
        "--data" => this with { DataFolder = value },
        "--web" => this with { WebFolder = value },
        "--seed" => this with { Seed = Number(name, value, int.MinValue, int.MaxValue) },
        "--scale" => this with
        {
            Scale = double.TryParse(value, CultureInfo.InvariantCulture, out var scale) && scale is >= DemoCity.ScaleMin and <= DemoCity.ScaleMax
                ? scale
                : throw new FormatException($"{name}: '{value}' is not a number from {DemoCity.ScaleMin} to {DemoCity.ScaleMax}"),
        },
        "--snapshot-interval" => this with
        {
            SnapshotInterval = TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var interval)
                && interval >= s_snapshotIntervalMin && interval <= s_snapshotIntervalMax
                    ? interval
                    : throw new FormatException(
                        $"{name}: '{value}' is not a time from {s_snapshotIntervalMin:c} to {s_snapshotIntervalMax:c}"),
        },
        "--device-rate" => With(Limits.Protection.At(Number(name, value, 1, DeviceRateMax))),
        "--uncounted-addresses" => With(Limits.Protection with
        {
            ExemptNetworks = ProtectionLimits.TryParseNetworks(value, out var networks, out var wrong)
                ? networks
                : throw new FormatException($"{name}: '{wrong}' is neither an address nor a network as 10.0.0.0/8"),
        }),
        "--ion-token" => this with { IonToken = value },
        "--tiles-url" => this with { TilesUrl = value },
        "--imagery-url" => this with { ImageryUrl = value },
        _ => throw new FormatException($"{name} is unknown; ./run --help lists the options"),
    };

    private HostOptions With(ProtectionLimits protection) => this with
    {
        Limits = Limits with { Protection = protection },
    };

    private static int Number(string name, string value, int minimum, int maximum) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new FormatException($"{name}: '{value}' is not a whole number from {minimum} to {maximum}");
}
