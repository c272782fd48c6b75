using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>One value of an uplink.</summary>
/// <param name="Name">A telemetry name of the twin's DTDL, or a name of the product's own.</param>
/// <param name="Value">1 and 0 for a flag.</param>
/// <param name="Unit">DTDL unit, for example <c>litre</c>; undefined for flags and what has no unit.</param>
/// <param name="MeasuredAt">By the device's clock; undefined where the payload has no time.</param>
public readonly record struct DecodedValue(string Name, double Value, string? Unit, Instant? MeasuredAt, bool IsFlag);

/// <summary>What a codec has read: values, oldest first, or why there are none.</summary>
public sealed class DecodedUplink
{
    /// <summary>More than the 242 bytes of the longest payload hold; a decoded object is cut here.</summary>
    public const int ValuesMax = 256;

    private readonly List<DecodedValue> _values = [];

    public IReadOnlyList<DecodedValue> Values => _values;

    public string? Problem { get; private set; }

    public void Add(string name, double value, string? unit = null, Instant? at = null)
    {
        if (_values.Count < ValuesMax && double.IsFinite(value))
            _values.Add(new DecodedValue(name, value, unit, at, IsFlag: false));
    }

    public void AddFlag(string name, bool isSet, Instant? at = null)
    {
        if (_values.Count < ValuesMax)
            _values.Add(new DecodedValue(name, isSet ? 1 : 0, null, at, IsFlag: true));
    }

    /// <summary>Takes back everything; returns false, so that a codec can end with it.</summary>
    public bool Fail(string problem)
    {
        _values.Clear();
        Problem = problem;
        return false;
    }
}
