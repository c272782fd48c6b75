using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// Draws what happens in the year: for each rule so many faults of random start, length and size, and everything that
/// looks like a fault and is none. No device has two things at once, and each has days of peace between.
/// </summary>
internal sealed class YearPlan
{
    // The rules learn for two weeks; what happens before is not counted as a fault.
    private const int FirstDay = 24;
    private const int LastDaysFree = 4;
    private const int PeaceMinutes = 3 * YearClock.Day;
    private const int TriesMax = 4_000;

    private readonly YearCity _city;
    private readonly Random _random;
    private readonly int _days;
    private readonly List<Mishap> _mishaps = [];

    private YearPlan(YearCity city, int seed, int days) => (_city, _random, _days) = (city, new Random(seed), days);

    /// <summary>Faults of most rules; a part of a year has room for half of them.</summary>
    public int PerRule => _days < YearClock.DaysPerYear ? 4 : 8;

    public int PerService => _days < YearClock.DaysPerYear ? 3 : 5;

    public int OfEachNuisance => _days < YearClock.DaysPerYear ? 8 : 25;

    public IReadOnlyList<Mishap> Mishaps => _mishaps;

    /// <summary>What comes over the whole city's air.</summary>
    public IReadOnlyList<Mishap> Episodes { get; private set; } = [];

    /// <summary>Times of frequent reports, in the order of their beginning.</summary>
    public IReadOnlyList<Mishap> Windows { get; private set; } = [];

    public static YearPlan Draw(YearCity city, int seed, int days)
    {
        var plan = new YearPlan(city, seed, days);
        YearFaults.Draw(plan);
        YearNuisances.Draw(plan);
        foreach (var device in city.Devices)
            device.Mishaps.Sort((a, b) => a.StartsAt.CompareTo(b.StartsAt));
        plan.Episodes = [.. plan._mishaps.Where(mishap => mishap.Trouble == Trouble.Episode)];
        plan.Windows = [.. plan._mishaps.Where(mishap => mishap.StepMinutes > 0).OrderBy(mishap => mishap.StartsAt)];
        return plan;
    }

    public YearCity City => _city;

    public Device[] All(DeviceKind kind, Func<Device, bool>? which = null) =>
        [.. _city.Of(kind).Where(device => which?.Invoke(device) ?? true)];

    public Device One(Device[] devices) => devices[_random.Next(devices.Length)];

    public Device[] Some(IEnumerable<Device> devices, int count)
    {
        var drawn = devices.ToArray();
        _random.Shuffle(drawn);
        return drawn[..Math.Min(count, drawn.Length)];
    }

    public double Between(double from, double to) => from + (to - from) * _random.NextDouble();

    public int Minutes(double fromHours, double toHours) => (int)(60 * Between(fromHours, toHours));

    /// <summary>Index of the rule of a code for a device.</summary>
    public static int RuleOf(Device device, string code) =>
        AlarmRuleBook.BuiltIn.Rules.Single(rule => rule.Code == code && rule.ModelIds.Any(device.Model.IsA)).Index;

    /// <summary>
    /// Puts something at a random time at which nothing else happens to its devices; false where the year has no room.
    /// </summary>
    /// <param name="draw">Who, in which order; the first is the one that the truth is about.</param>
    /// <param name="make">From devices and start to what happens.</param>
    /// <param name="isTime">Whether it may start then: a frost only in winter, a dark lamp only at night.</param>
    public bool Place(Func<Device[]> draw, Func<Device[], int, Mishap> make, Func<int, bool>? isTime = null)
    {
        for (var i = 0; i < TriesMax; i++)
        {
            var start = (int)Between(Math.Min(FirstDay, _days / 2) * YearClock.Day,
                (_days - LastDaysFree) * YearClock.Day);
            if (isTime?.Invoke(start) == false)
                continue;
            var mishap = make(draw(), start);
            // A balance that lacks consumers vouches for no loss: that is the rule's confidence and not a miss.
            if (mishap.Trouble == Trouble.FeederLoss && mishap.Devices[0].Served.Any(meter => IsSilentWithin(meter,
                mishap)))
                continue;
            if (mishap.EndsAt > (_days - LastDaysFree / 2) * YearClock.Day || !mishap.Devices.All(device =>
                IsFree(device, mishap)))
                continue;
            _mishaps.Add(mishap);
            foreach (var device in mishap.Devices)
                device.Mishaps.Add(mishap);
            return true;
        }

        return false;
    }

    private static bool IsSilentWithin(Device meter, Mishap mishap) => meter.Mishaps.Any(other =>
        other.Trouble is Trouble.Silence or Trouble.LastGasp && other.StartsAt < mishap.ReleasedAt
            && mishap.StartsAt < other.ReleasedAt);

    private static bool IsFree(Device device, Mishap mishap) => device.Mishaps.All(other =>
        mishap.StartsAt >= other.ReleasedAt + PeaceMinutes || other.StartsAt >= mishap.ReleasedAt + PeaceMinutes);
}
