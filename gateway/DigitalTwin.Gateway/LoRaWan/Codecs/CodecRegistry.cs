namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>Every codec the city knows, by name.</summary>
public sealed class CodecRegistry
{
    private readonly Dictionary<string, ILoRaWanCodec> _byName;

    /// <param name="codecs">The container's; a later one takes the place of an earlier one of the same name.</param>
    public CodecRegistry(IEnumerable<ILoRaWanCodec> codecs)
    {
        ArgumentNullException.ThrowIfNull(codecs);
        _byName = new Dictionary<string, ILoRaWanCodec>(StringComparer.OrdinalIgnoreCase);
        foreach (var codec in codecs)
            _byName[codec.Name] = codec;
    }

    public static IReadOnlyList<ILoRaWanCodec> BuiltIn { get; } =
    [
        new AxiomaW1Codec(), new DecentlabPmCodec(), new NasLuminaireCodec(), new ZenopixD4iCodec(),
        new CayenneLppCodec(), new NetworkDecodedCodec(),
    ];

    public IEnumerable<string> Names => _byName.Keys.Order(StringComparer.Ordinal);

    public bool TryFind(string? name, out ILoRaWanCodec codec)
    {
        codec = null!;
        return name is not null && _byName.TryGetValue(name, out codec!);
    }
}
