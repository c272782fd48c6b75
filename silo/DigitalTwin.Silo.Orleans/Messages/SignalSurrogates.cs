using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Messages;

[GenerateSerializer]
[Alias("city.signal")]
internal struct AlarmSignalSurrogate
{
    [Id(0)]
    public int Twin;
    [Id(1)]
    public ushort Rule;
    [Id(2)]
    public bool IsRaised;
    [Id(3)]
    public long At;
    [Id(4)]
    public float Value;
    [Id(5)]
    public int Unit;
    [Id(6)]
    public long Sequence;
    [Id(7)]
    public int Ordinal;
}

[RegisterConverter]
internal sealed class AlarmSignalConverter : IConverter<AlarmSignal, AlarmSignalSurrogate>
{
    public AlarmSignal ConvertFromSurrogate(in AlarmSignalSurrogate surrogate) => new(
        new TwinHandle(surrogate.Twin), surrogate.Rule, surrogate.IsRaised, new Instant(surrogate.At), surrogate.Value)
    {
        Origin = new SignalOrigin(surrogate.Unit, surrogate.Sequence, surrogate.Ordinal),
    };

    public AlarmSignalSurrogate ConvertToSurrogate(in AlarmSignal value) => new()
    {
        Twin = value.Twin.Ordinal,
        Rule = value.Rule,
        IsRaised = value.IsRaised,
        At = value.At.UnixMilliseconds,
        Value = value.Value,
        Unit = value.Origin.Partition,
        Sequence = value.Origin.Sequence,
        Ordinal = value.Origin.Ordinal,
    };
}

[GenerateSerializer]
[Alias("city.signals.question")]
internal struct SignalQuestionSurrogate
{
    [Id(0)]
    public long Confirmed;

    /// <summary>Twin and rule in turn; null where it is not asked.</summary>
    [Id(1)]
    public int[]? Standing;
}

[RegisterConverter]
internal sealed class SignalQuestionConverter : IConverter<SignalQuestion, SignalQuestionSurrogate>
{
    public SignalQuestion ConvertFromSurrogate(in SignalQuestionSurrogate surrogate) => new(
        surrogate.Confirmed,
        surrogate.Standing?.Chunk(2).Select(pair => new StandingAlarm(new TwinHandle(pair[0]), (ushort)pair[1])).ToArray());

    public SignalQuestionSurrogate ConvertToSurrogate(in SignalQuestion value) => new()
    {
        Confirmed = value.Confirmed,
        Standing = value.Standing?.SelectMany(alarm => new int[] { alarm.Twin.Ordinal, alarm.Rule }).ToArray(),
    };
}

[GenerateSerializer]
[Alias("city.signalling")]
internal struct AreaSignalsSurrogate
{
    [Id(0)]
    public long Ticket;
    [Id(1)]
    public bool IsNew;
    [Id(2)]
    public int[] Units;
}

[RegisterConverter]
internal sealed class AreaSignalsConverter : IConverter<AreaSignals, AreaSignalsSurrogate>
{
    public AreaSignals ConvertFromSurrogate(in AreaSignalsSurrogate surrogate) =>
        new(surrogate.Ticket, surrogate.IsNew, surrogate.Units);

    public AreaSignalsSurrogate ConvertToSurrogate(in AreaSignals value) =>
        new() { Ticket = value.Ticket, IsNew = value.IsNew, Units = [.. value.Units] };
}
