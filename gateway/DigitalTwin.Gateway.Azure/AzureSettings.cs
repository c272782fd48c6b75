using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace DigitalTwin.Gateway.Azure;

/// <summary>
/// What a gateway is told by its environment: addresses and names, never a secret. The table is in docs/operations.md.
/// What is not named is not used.
/// </summary>
public sealed record AzureSettings
{
    /// <summary>Host of the Event Hubs namespace, or of an IoT hub's built-in endpoint.</summary>
    public string? EventHubsNamespace { get; init; }

    public string? TelemetryHub { get; init; }

    public string? LifecycleHub { get; init; }

    public string ConsumerGroup { get; init; } = "$Default";

    /// <summary>Blob container of the checkpoints; refused events lie in it below <c>poison/</c>.</summary>
    public Uri? CheckpointsUri { get; init; }

    public IReadOnlyList<string> IotHubHosts { get; init; } = [];

    public string? RedisEndpoint { get; init; }

    public bool RedisByIdentity { get; init; }

    /// <summary>Which user-assigned identity; where none is named, whatever this environment offers.</summary>
    public string? IdentityClientId { get; init; }

    /// <exception cref="FormatException">A setting does not fit; says which.</exception>
    public static AzureSettings From(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new AzureSettings
        {
            EventHubsNamespace = Text(settings, "EventHubs:Namespace"),
            TelemetryHub = Text(settings, "EventHubs:TelemetryHub"),
            LifecycleHub = Text(settings, "EventHubs:LifecycleHub"),
            ConsumerGroup = Text(settings, "EventHubs:ConsumerGroup") ?? "$Default",
            CheckpointsUri = UriOf(settings, "EventHubs:CheckpointsUri"),
            IotHubHosts = (Text(settings, "IotHub:Hosts") ?? "").Split(
                ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            RedisEndpoint = Text(settings, "Redis:Endpoint"),
            RedisByIdentity = OneOf(settings, "Redis:Authentication", "none", "entra") == "entra",
            IdentityClientId = Text(settings, "AZURE_CLIENT_ID"),
        };
    }

    /// <summary>On Azure the process's managed identity; elsewhere whatever a developer has signed in with.</summary>
    public TokenCredential Credential() => IdentityClientId is { } id
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(id))
        : new DefaultAzureCredential();

    private static string? Text(IConfiguration settings, string name) =>
        settings[name] is { Length: > 0 } text ? text : null;

    private static Uri? UriOf(IConfiguration settings, string name) => Text(settings, name) switch
    {
        null => null,
        var text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : throw Refusal(name, text),
    };

    private static string OneOf(IConfiguration settings, string name, string otherwise, string other) =>
        Text(settings, name) switch
        {
            null => otherwise,
            var text when text == otherwise || text == other => text,
            var text => throw Refusal(name, text),
        };

    private static FormatException Refusal(string name, string text) =>
        new($"{name.Replace(":", "__", StringComparison.Ordinal)} cannot be {text}");
}
