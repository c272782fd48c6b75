using System.Text;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Alarm signals of one unit that the alarm desk has not confirmed, oldest first; part of the unit's memory. Handed out
/// only once they are saved: what is made again after a crash may be another. When there are too many, what came and
/// went of one alarm meanwhile is left out, and its last signal stays: what stands is never wrong.
/// </summary>
internal sealed class SignalOutbox(UnitPlan plan, int unit) : ISignalSink
{
    /// <summary>From so many on it is looked for what can be left out, and so many are handed out at once.</summary>
    public const int SignalsMax = 256;

    // A million signals a millisecond; a sequence of the clock is above all that a lost memory had given out.
    private const int SequenceShift = 20;

    private readonly List<AlarmSignal> _waiting = [];
    private int _thinAt = SignalsMax;
    private long _last;
    private long _saving;
    private long _saved;
    private long _told;

    /// <summary>The latest time that the unit knows of.</summary>
    public Instant Now { get; set; } = Instant.Never;

    public int Count => _waiting.Count;

    /// <summary>The area has not been told of all that waits.</summary>
    public bool IsUntold => _waiting.Count > 0 && _waiting[^1].Origin.Sequence > _told;

    /// <summary>Signals that were left out because nobody took them for long.</summary>
    public long LeftOut { get; private set; }

    public IEnumerable<AlarmSignal> Waiting => _waiting;

    public bool Write(in AlarmSignal signal)
    {
        if (_waiting.Count >= _thinAt)
            Thin();
        _last = Math.Max(_last + 1, Now.IsNever ? 0 : Now.UnixMilliseconds << SequenceShift);
        _waiting.Add(signal with { Origin = new SignalOrigin(unit, _last, Ordinal: 0) });
        return true;
    }

    /// <summary>The desk has these on disk.</summary>
    public void Confirm(long sequence) =>
        _waiting.RemoveRange(0, _waiting.TakeWhile(signal => signal.Origin.Sequence <= sequence).Count());

    /// <summary>Those that are saved, oldest first, at most <see cref="SignalsMax"/>.</summary>
    public IReadOnlyList<AlarmSignal> Saved() =>
        [.. _waiting.TakeWhile(signal => signal.Origin.Sequence <= _saved).Take(SignalsMax)];

    /// <summary>What waits now is being saved.</summary>
    public void BeginSaving() => _saving = _last;

    public void MarkSaved() => _saved = _saving;

    public void MarkTold() => _told = _last;

    public void Write(MemoryWriter writer)
    {
        writer.WriteWhole(_last);
        writer.WriteCount(_waiting.Count);
        foreach (var signal in _waiting)
        {
            // By id and code: the city and its rules may be others when it is read.
            writer.WriteBytes(Encoding.UTF8.GetBytes(plan.Graph.IdOf(signal.Twin)));
            writer.WriteBytes(Encoding.UTF8.GetBytes(plan.Rules.Book.Rules[signal.Rule].Code));
            writer.WriteFlag(signal.IsRaised);
            writer.WriteInstant(signal.At);
            writer.WriteSingle(signal.Value);
            writer.WriteWhole(signal.Origin.Sequence);
        }
    }

    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void Read(ref MemoryReader reader)
    {
        _last = reader.ReadWhole("last signal", min: 0);
        for (var left = reader.ReadCount("signals"); left > 0; left--)
        {
            var id = Encoding.UTF8.GetString(reader.ReadBytes("twin of a signal"));
            var code = Encoding.UTF8.GetString(reader.ReadBytes("code of a signal"));
            var (isRaised, at, value) = (
                reader.ReadFlag("raised"), reader.ReadInstant("time of a signal"), reader.ReadSingle("value of a signal"));
            var origin = new SignalOrigin(unit, reader.ReadWhole("sequence of a signal", min: 0), Ordinal: 0);
            if (plan.Graph.TryFind(id, out var twin) && RuleOf(twin, code) is { } rule)
                _waiting.Add(new AlarmSignal(twin, rule, isRaised, at, value) { Origin = origin });
        }

        (_saving, _saved) = (_last, _last);
    }

    private ushort? RuleOf(TwinHandle twin, string code)
    {
        var rules = plan.Rules[plan.Graph.ModelOf(twin)];
        return rules.IndexOf(code) is >= 0 and var alarm ? (ushort)rules.Alarms[alarm].Index : null;
    }

    private void Thin()
    {
        var before = _waiting.Count;
        var last = _waiting.Select((signal, place) => (signal.Twin, signal.Rule, place))
            .GroupBy(entry => (entry.Twin, entry.Rule)).Select(group => group.Last().place).Order().ToArray();
        for (var place = 0; place < last.Length; place++)
            _waiting[place] = _waiting[last[place]];
        _waiting.RemoveRange(last.Length, before - last.Length);
        LeftOut += before - last.Length;
        // Looked at again only when it has doubled, so that a unit with many alarms does not look all the time.
        _thinAt = Math.Max(SignalsMax, 2 * _waiting.Count);
    }
}
