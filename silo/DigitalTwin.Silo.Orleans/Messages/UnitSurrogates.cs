using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Messages;

[GenerateSerializer]
[Alias("city.delivery")]
internal struct UnitDeliverySurrogate
{
    [Id(0)]
    public int Unit;
    [Id(1)]
    public ulong Source;
    [Id(2)]
    public long Sequence;
    [Id(3)]
    public long ReceivedAt;
    [Id(4)]
    public Reading[] Readings;
}

[RegisterConverter]
internal sealed class UnitDeliveryConverter : IConverter<UnitDelivery, UnitDeliverySurrogate>
{
    public UnitDelivery ConvertFromSurrogate(in UnitDeliverySurrogate surrogate) => new(
        surrogate.Unit, surrogate.Source, surrogate.Sequence, new Instant(surrogate.ReceivedAt), surrogate.Readings);

    public UnitDeliverySurrogate ConvertToSurrogate(in UnitDelivery value) => new()
    {
        Unit = value.Unit,
        Source = value.Source,
        Sequence = value.Sequence,
        ReceivedAt = value.ReceivedAt.UnixMilliseconds,
        Readings = [.. value.Readings],
    };
}

[GenerateSerializer]
[Alias("city.receipt")]
internal struct UnitReceiptSurrogate
{
    [Id(0)]
    public long Advanced;
    [Id(1)]
    public long Late;
    [Id(2)]
    public long Duplicate;
    [Id(3)]
    public long Screened;
    [Id(4)]
    public long Changes;
    [Id(5)]
    public long AlarmSignals;
}

[RegisterConverter]
internal sealed class UnitReceiptConverter : IConverter<UnitReceipt, UnitReceiptSurrogate>
{
    public UnitReceipt ConvertFromSurrogate(in UnitReceiptSurrogate surrogate) => new(
        surrogate.Advanced, surrogate.Late, surrogate.Duplicate, surrogate.Screened, surrogate.Changes,
        surrogate.AlarmSignals);

    public UnitReceiptSurrogate ConvertToSurrogate(in UnitReceipt value) => new()
    {
        Advanced = value.Advanced,
        Late = value.Late,
        Duplicate = value.Duplicate,
        Screened = value.Screened,
        Changes = value.Changes,
        AlarmSignals = value.AlarmSignals,
    };
}

[GenerateSerializer]
[Alias("city.override")]
internal struct UnitOverrideSurrogate
{
    [Id(0)]
    public int[] Lights;
    [Id(1)]
    public double Percent;
    [Id(2)]
    public long Until;
    [Id(3)]
    public long Now;
    [Id(4)]
    public bool IsEnd;
}

[RegisterConverter]
internal sealed class UnitOverrideConverter : IConverter<UnitOverride, UnitOverrideSurrogate>
{
    public UnitOverride ConvertFromSurrogate(in UnitOverrideSurrogate surrogate) => new(
        [.. surrogate.Lights.Select(light => new TwinHandle(light))], surrogate.Percent,
        new Instant(surrogate.Until), new Instant(surrogate.Now)) { IsEnd = surrogate.IsEnd };

    public UnitOverrideSurrogate ConvertToSurrogate(in UnitOverride value) => new()
    {
        Lights = [.. value.Lights.Select(light => light.Ordinal)],
        Percent = value.Percent,
        Until = value.Until.UnixMilliseconds,
        Now = value.Now.UnixMilliseconds,
        IsEnd = value.IsEnd,
    };
}

[GenerateSerializer]
[Alias("city.report")]
internal struct UnitReportSurrogate
{
    [Id(0)]
    public int Unit;
    [Id(1)]
    public int Group;
    [Id(2)]
    public long Sequence;
    [Id(3)]
    public Tally Delta;
    [Id(4)]
    public TwinSummary[] News;
    [Id(5)]
    public bool HasSignals;
}

[RegisterConverter]
internal sealed class UnitReportConverter : IConverter<UnitReport, UnitReportSurrogate>
{
    public UnitReport ConvertFromSurrogate(in UnitReportSurrogate surrogate) => new(
        surrogate.Unit, new TwinHandle(surrogate.Group), surrogate.Sequence, surrogate.Delta, surrogate.News)
    {
        HasSignals = surrogate.HasSignals,
    };

    public UnitReportSurrogate ConvertToSurrogate(in UnitReport value) => new()
    {
        Unit = value.Unit,
        Group = value.Group.Ordinal,
        Sequence = value.Sequence,
        Delta = value.Delta,
        News = [.. value.News],
        HasSignals = value.HasSignals,
    };
}

[GenerateSerializer]
[Alias("city.standing")]
internal struct UnitStandingSurrogate
{
    [Id(0)]
    public int Unit;
    [Id(1)]
    public long Sequence;
    [Id(2)]
    public Tally Part;
}

[RegisterConverter]
internal sealed class UnitStandingConverter : IConverter<UnitStanding, UnitStandingSurrogate>
{
    public UnitStanding ConvertFromSurrogate(in UnitStandingSurrogate surrogate) =>
        new(surrogate.Unit, surrogate.Sequence, surrogate.Part);

    public UnitStandingSurrogate ConvertToSurrogate(in UnitStanding value) =>
        new() { Unit = value.Unit, Sequence = value.Sequence, Part = value.Part };
}

[GenerateSerializer]
[Alias("city.news")]
internal struct AreaNewsSurrogate
{
    [Id(0)]
    public long Ticket;
    [Id(1)]
    public bool IsNew;
    [Id(2)]
    public TwinSummary[] Changes;
}

[RegisterConverter]
internal sealed class AreaNewsConverter : IConverter<AreaNews, AreaNewsSurrogate>
{
    public AreaNews ConvertFromSurrogate(in AreaNewsSurrogate surrogate) =>
        new(surrogate.Ticket, surrogate.IsNew, surrogate.Changes);

    public AreaNewsSurrogate ConvertToSurrogate(in AreaNews value) =>
        new() { Ticket = value.Ticket, IsNew = value.IsNew, Changes = [.. value.Changes] };
}
