using DigitalTwin.Model.History;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.History;

/// <summary>A value that waits to be stored; twin and property by the store's numbers.</summary>
internal readonly record struct PendingValue(int Twin, int Property, HistoryPoint Point)
{
    public DayKey Key => new(CivilTime.DayOf(Point.MeasuredAt), Twin);
}

/// <summary>
/// Values in the order they came, with a chain through those of each twin. Not for several threads at once.
/// </summary>
internal sealed class PendingValues(int capacity)
{
    private const int ChainEnd = -1;

    private readonly PendingValue[] _values = new PendingValue[capacity];
    private readonly int[] _earlierOfTwin = new int[capacity];
    private readonly Dictionary<int, int> _lastOfTwin = [];

    public int Count { get; private set; }

    public int Capacity => _values.Length;

    public bool HasRoomFor(int values) => values <= _values.Length - Count;

    public void Add(in PendingValue value)
    {
        _values[Count] = value;
        _earlierOfTwin[Count] = _lastOfTwin.GetValueOrDefault(value.Twin, ChainEnd);
        _lastOfTwin[value.Twin] = Count++;
    }

    public void Clear()
    {
        Count = 0;
        _lastOfTwin.Clear();
    }

    /// <summary>Adds what waits of a property between two days, in any order.</summary>
    public void Collect(int twin, int property, int fromDay, int toDay, List<PendingValue> into)
    {
        for (var i = _lastOfTwin.GetValueOrDefault(twin, ChainEnd); i != ChainEnd; i = _earlierOfTwin[i])
            if (_values[i].Property == property && _values[i].Key.Day is var day && day >= fromDay && day <= toDay)
                into.Add(_values[i]);
    }

    /// <summary>All of them, day by day and twin by twin, as the store keeps them.</summary>
    public PendingValue[] InStoreOrder()
    {
        var ordered = _values.AsSpan(0, Count).ToArray();
        var keys = Array.ConvertAll(ordered, value =>
        {
            var key = value.Key;
            return (key.Day, key.Twin, value.Property, value.Point.MeasuredAt.UnixMilliseconds);
        });
        Array.Sort(keys, ordered);
        return ordered;
    }
}
