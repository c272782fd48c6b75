using System.Text;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Values of one unit that history has not on disk, oldest first; part of the unit's memory. Handed out only once they
/// are saved: what is taken in again after a crash may be judged otherwise. Nothing is left out: a unit that has too
/// many takes no more until history has some.
/// </summary>
internal sealed class ValueOutbox(UnitPlan plan, int unit)
{
    /// <summary>
    /// From so many on a unit takes nothing in; or from <see cref="ValuesOfTwinMax"/> a twin, where that is more.
    /// </summary>
    public const int ValuesMin = 4_096;

    public const int ValuesOfTwinMax = 64;

    private readonly int _valuesMax = Math.Max(ValuesMin, ValuesOfTwinMax * plan.TwinsOf(unit).Length);
    private int _saving;
    private int _saved;

    /// <summary>All that wait; the unit adds what it takes in.</summary>
    public List<HistoryValue> Waiting { get; } = [];

    public bool IsFull => Waiting.Count >= _valuesMax;

    /// <summary>Some wait that are saved.</summary>
    public bool HasSaved => _saved > 0;

    /// <summary>The oldest that are saved, at most as many as history takes at once.</summary>
    public HistoryValue[] Saved() => [.. Waiting.Take(Math.Min(_saved, HistoryLimits.ValuesPerAppendMax))];

    /// <summary>History has the oldest ones on disk.</summary>
    public void Confirm(int count)
    {
        Waiting.RemoveRange(0, count);
        (_saving, _saved) = (_saving - count, _saved - count);
    }

    /// <summary>What waits now is being saved.</summary>
    public void BeginSaving() => _saving = Waiting.Count;

    public void MarkSaved() => _saved = _saving;

    public void Write(MemoryWriter writer)
    {
        // By id and name: the city and its kinds may be others when it is read.
        var twins = Waiting.Select(value => value.Twin).Distinct().ToArray();
        var names = Waiting.Select(NameOf).Distinct().ToArray();
        WriteTexts(writer, twins.Select(plan.Graph.IdOf), twins.Length);
        WriteTexts(writer, names, names.Length);
        var placeOfTwin = twins.Select((twin, place) => (twin, place)).ToDictionary();
        var placeOfName = names.Select((name, place) => (name, place)).ToDictionary();
        writer.WriteCount(Waiting.Count);
        var before = new Instant(0);
        foreach (var value in Waiting)
        {
            writer.WriteCount(placeOfTwin[value.Twin]);
            writer.WriteCount(placeOfName[NameOf(value)]);
            writer.WriteStep(before, value.Point.MeasuredAt);
            writer.WriteStep(value.Point.MeasuredAt, value.Point.ReceivedAt);
            writer.WriteDouble(value.Point.Value);
            writer.WriteByte((byte)value.Point.Quality);
            writer.WriteByte((byte)value.Point.Reason);
            before = value.Point.MeasuredAt;
        }
    }

    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void Read(ref MemoryReader reader)
    {
        var (twins, names) = (ReadTexts(ref reader, "twins of values"), ReadTexts(ref reader, "names of values"));
        var before = new Instant(0);
        for (var left = reader.ReadCount("values for history"); left > 0; left--)
        {
            var twinPlace = reader.ReadCount("twin of a value", twins.Length - 1);
            var namePlace = reader.ReadCount("name of a value", names.Length - 1);
            var measuredAt = reader.ReadStep("time of a value", before);
            var receivedAt = reader.ReadStep("delay of a value", measuredAt);
            var point = new HistoryPoint(
                measuredAt, receivedAt, reader.ReadDouble("value"), (Quality)reader.ReadByte("quality of a value"),
                (QualityReason)reader.ReadByte("reason of a value"));
            before = measuredAt;
            if (plan.Graph.TryFind(twins[twinPlace], out var twin)
                && plan.Graph.ModelOf(twin).TryFind(names[namePlace], out var property) && property.Slot >= 0)
                Waiting.Add(new HistoryValue(twin, (ushort)property.Slot, point));
        }

        (_saving, _saved) = (Waiting.Count, Waiting.Count);
    }

    private string NameOf(HistoryValue value) => plan.Graph.ModelOf(value.Twin).Slots[value.Slot].Name;

    private static void WriteTexts(MemoryWriter writer, IEnumerable<string> texts, int count)
    {
        writer.WriteCount(count);
        foreach (var text in texts)
            writer.WriteBytes(Encoding.UTF8.GetBytes(text));
    }

    private static string[] ReadTexts(ref MemoryReader reader, string what)
    {
        var texts = new List<string>();
        for (var left = reader.ReadCount(what); left > 0; left--)
            texts.Add(Encoding.UTF8.GetString(reader.ReadBytes(what)));
        return [.. texts];
    }
}
