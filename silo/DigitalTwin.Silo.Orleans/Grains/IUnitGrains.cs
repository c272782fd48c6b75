using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Grains;

/// <summary>One unit of the city, by the id of the twin that it is named after; see <see cref="IUnit"/>.</summary>
/// <remarks>Twins travel as their ordinals in the city's graph, which is the same on all machines.</remarks>
[Alias("city.unit")]
public interface IUnitGrain : IGrainWithStringKey
{
    [Alias("deliver")]
    Task<UnitReceipt> DeliverAsync(UnitDelivery delivery);

    [Alias("override")]
    Task OverrideAsync(UnitOverride order);

    [Alias("snapshots")]
    Task<TwinSnapshot[]> SnapshotsAsync(int[] twins);

    [Alias("summaries")]
    Task<TwinSummary[]> SummariesAsync();

    [Alias("contained")]
    Task<Tally> ContainedAsync();

    [Alias("share")]
    Task<Share> ShareAsync(int twin);

    [Alias("forecast")]
    Task<TwinForecast?> ForecastAsync(int twin);

    [Alias("memory")]
    Task<byte[]> MemoryAsync();

    [Alias("signals")]
    Task<AlarmSignal[]> SignalsAsync(SignalQuestion question);

    [Alias("standing")]
    Task<UnitStanding> StandingAsync(int group, Guid count);

    [Alias("hour")]
    Task<FeederHour> HourAsync(int feeder, int hour);

    /// <summary>Days of building classes as <c>ClassDays</c> writes them, both ways.</summary>
    [Alias("compare")]
    Task<byte[]> CompareAsync(byte[] classes);
}

/// <summary>A unit whose twin carries the sums of others; see <see cref="IUnitGroup"/>.</summary>
[Alias("city.group")]
public interface IUnitGroupGrain : IUnitGrain
{
    [Alias("report")]
    Task<Guid> ReportAsync(UnitReport report);

    [Alias("sums")]
    Task<Tally> SumsAsync();

    [Alias("news")]
    Task<AreaNews> NewsAsync(Guid reader, long ticket);

    [Alias("signalling")]
    Task<AreaSignals> SignallingAsync(Guid reader, long ticket);

    [Alias("forget")]
    Task ForgetAsync(Guid reader);

    [Alias("classes")]
    Task<byte[]> ClassesAsync(int area, byte[] days);
}

/// <summary>A building and its meters.</summary>
[Alias("city.building")]
public interface IBuildingGrain : IUnitGrain;

/// <summary>A meter that stands in no building.</summary>
[Alias("city.meter")]
public interface IUtilityMeterGrain : IUnitGrain;

/// <summary>A light that hangs at no cabinet.</summary>
[Alias("city.light")]
public interface IStreetlightGrain : IUnitGrain;

/// <summary>The air sensors of the city, which are held against each other.</summary>
[Alias("city.air")]
public interface IAirQualitySensorGrain : IUnitGrain;

/// <summary>A twin of a kind that has only DTDL.</summary>
[Alias("city.generic")]
public interface IGenericTwinGrain : IUnitGrain;

/// <summary>A lighting cabinet and its lights.</summary>
[Alias("city.cabinet")]
public interface ICabinetGrain : IUnitGrain;

/// <summary>A feeder and the sums of what it serves.</summary>
[Alias("city.feeder")]
public interface IFeederGrain : IUnitGroupGrain;

/// <summary>A polycentre and the sums of what lies nearest to it.</summary>
[Alias("city.polycentre")]
public interface IPolycentreGrain : IUnitGroupGrain;

/// <summary>A district, its sums, and what changes in it.</summary>
[Alias("city.district")]
public interface IDistrictGrain : IUnitGroupGrain;

/// <summary>The city, the sums of its districts, and what changes outside of them.</summary>
[Alias("city.city")]
public interface ICityGrain : IUnitGroupGrain
{
    /// <summary>Names the city that the silo has loaded; <see cref="UnitPlan.Identity"/>.</summary>
    [Alias("identity")]
    Task<Guid> IdentityAsync();
}

/// <summary>Hands a batch to its units from inside the cluster: one call of a gateway, however many units it touches.</summary>
[Alias("city.ingest")]
public interface IIngestGrain : IGrainWithIntegerKey
{
    [Alias("deliver")]
    Task<UnitReceipt> DeliverAsync(UnitDelivery[] deliveries);
}
