using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Ports;

/// <summary>How a property is compared.</summary>
public enum Comparison : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>A condition on a latest value; a twin without that property or without a value does not fit.</summary>
public sealed record PropertyCondition(string Name, Comparison Comparison, double Value);

/// <summary>Which twins are asked for; every part that is given must fit.</summary>
public sealed record TwinQuery
{
    public const int LimitMax = 10_000;

    public IReadOnlySet<TwinKind>? Kinds { get; init; }

    public string? ModelId { get; init; }

    public TwinHandle? District { get; init; }

    /// <summary>Only direct children of this twin.</summary>
    public TwinHandle? Parent { get; init; }

    public GeoBox? Box { get; init; }

    public IReadOnlyList<PropertyCondition> Conditions { get; init; } = [];

    public Freshness? Freshness { get; init; }

    /// <summary>Only twins with a higher handle: the last one of the page before.</summary>
    public TwinHandle After { get; init; } = TwinHandle.None;

    /// <summary>At most this many, 1 to <see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One page of an answer.</summary>
/// <param name="Next">Where the next page starts; none on the last page.</param>
public sealed record TwinPage(IReadOnlyList<TwinSnapshot> Twins, TwinHandle Next)
{
    /// <summary>The page of so many twins at the most.</summary>
    /// <param name="found">By handle, and one more than the limit where there are more: the last page ends so.</param>
    public static TwinPage Of(IReadOnlyList<TwinSnapshot> found, int limit)
    {
        ArgumentNullException.ThrowIfNull(found);
        return found.Count <= limit
            ? new TwinPage(found, TwinHandle.None)
            : new TwinPage([.. found.Take(limit)], found[limit - 1].Twin);
    }
}
