using System.Text.Json;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Knows the payloads of one product. A codec is a pure function: the same bytes give the same values, it keeps
/// nothing, asks no clock and never throws. It is one or more of the three interfaces below; docs/lorawan.md §4.
/// </summary>
public interface ILoRaWanCodec
{
    /// <summary>As <c>lorawanCodec</c> of the twin or the device profile names it: lower case, hyphens.</summary>
    string Name { get; }
}

/// <summary>A codec that reads the bytes a device sent.</summary>
public interface IPayloadCodec : ILoRaWanCodec
{
    /// <summary>False where it is no payload of this product; <see cref="DecodedUplink.Problem"/> says why.</summary>
    bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded);
}

/// <summary>A codec that reads what the network server has decoded already, by name.</summary>
public interface IFieldCodec : ILoRaWanCodec
{
    /// <summary>False where the fields are not of this product; <see cref="DecodedUplink.Problem"/> says why.</summary>
    bool TryDecode(JsonElement fields, DecodedUplink decoded);
}

/// <summary>A codec that writes commands.</summary>
public interface ICommandCodec : ILoRaWanCodec
{
    /// <summary>False where the product has no such command or the argument does not fit; says which.</summary>
    bool TryEncode(DeviceCommand command, out DownlinkPayload payload, out string problem);
}

/// <summary>A command as the DTDL names it, for example <c>setDimLevel</c>.</summary>
/// <param name="Argument">In the unit of the command's request: percent for <c>setDimLevel</c>.</param>
public readonly record struct DeviceCommand(string Name, double Argument)
{
    public const string SetDimLevel = "setDimLevel";
}

/// <summary>What goes to the device, and on which port of it (1 to 223).</summary>
public sealed record DownlinkPayload(byte FPort, ReadOnlyMemory<byte> Bytes)
{
    public static DownlinkPayload None { get; } = new(0, ReadOnlyMemory<byte>.Empty);
}
