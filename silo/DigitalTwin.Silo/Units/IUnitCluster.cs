using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Reaches units wherever they live. A call that fails with <see cref="UnitUnreachableException"/> may have been done
/// or not; every one of them may be made again.
/// </summary>
public interface IUnitCluster
{
    /// <summary>Hands deliveries to their units; ends when each is stored and its groups have been told.</summary>
    Task<UnitReceipt> DeliverAsync(IReadOnlyList<UnitDelivery> deliveries);

    IUnit Unit(int unit);

    /// <summary>A feeder, polycentre, district or the city.</summary>
    IUnitGroup Group(int unit);
}

/// <summary>One unit. It looks at the clock before it answers.</summary>
public interface IUnit
{
    Task<UnitReceipt> DeliverAsync(UnitDelivery delivery);

    Task OverrideAsync(UnitOverride order);

    Task<IReadOnlyList<TwinSnapshot>> SnapshotsAsync(IReadOnlyList<TwinHandle> twins);

    /// <summary>Of every twin that has a state.</summary>
    Task<IReadOnlyList<TwinSummary>> SummariesAsync();

    /// <summary>The sums of what the unit's building or cabinet contains.</summary>
    Task<Tally> ContainedAsync();

    Task<Share> ShareAsync(TwinHandle twin);

    Task<TwinForecast?> ForecastAsync(TwinHandle twin);

    /// <summary>All that the unit remembers, as <see cref="TwinUnit"/> reads it.</summary>
    Task<byte[]> MemoryAsync();

    /// <summary>Alarm signals that the desk has not confirmed, oldest first, by their origins; again until it has.</summary>
    Task<IReadOnlyList<AlarmSignal>> SignalsAsync(SignalQuestion question);

    /// <summary>What it has told a group. Also answers while a report of it is on its way.</summary>
    /// <param name="count">The count that begins with it: what another one received is told to this one again.</param>
    Task<UnitStanding> StandingAsync(TwinHandle group, Guid count);

    /// <summary>What its twins took from a feeder in an hour, or put in where it is the feeder.</summary>
    Task<FeederHour> HourAsync(TwinHandle feeder, int hour);

    /// <summary>Takes in what the classes of the city used; returns the days that its building closed.</summary>
    Task<ClassDays> CompareAsync(ClassDays classes);
}

/// <summary>A unit whose twin carries the sums of others.</summary>
public interface IUnitGroup : IUnit
{
    /// <summary>Takes a report in; one that came before changes nothing.</summary>
    /// <returns>The count that it went into.</returns>
    Task<Guid> ReportAsync(UnitReport report);

    /// <summary>The sums of all members; of the city, of all districts too.</summary>
    Task<Tally> SumsAsync();

    /// <summary>Of an area: what changed in it since the reader last asked.</summary>
    Task<AreaNews> NewsAsync(Guid reader, long ticket);

    /// <summary>Of an area: which of its units have had alarm signals since the reader last asked.</summary>
    Task<AreaSignals> SignallingAsync(Guid reader, long ticket);

    /// <summary>A reader will not ask again.</summary>
    Task ForgetAsync(Guid reader);

    /// <summary>Of the city: takes the days of a district's buildings, returns those of all.</summary>
    Task<ClassDays> ClassesAsync(int area, ClassDays days);
}

/// <summary>Where a unit's memory is kept.</summary>
public interface IUnitStore
{
    /// <summary>What was saved last; null before the first time.</summary>
    byte[]? Saved { get; }

    /// <summary>Ends when it is on disk, or fails; after a failure nobody knows which of the two is there.</summary>
    Task SaveAsync(byte[] memory);
}

/// <summary>Nobody knows whether the unit did what was asked; it may be asked again.</summary>
public sealed class UnitUnreachableException(string what, Exception? cause = null) : Exception(what, cause);
