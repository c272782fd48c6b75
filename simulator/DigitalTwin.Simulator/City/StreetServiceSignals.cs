using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>A button that nobody presses unless a fault asks for it.</summary>
internal sealed class SosButtonSignal(FleetTwin twin, ulong seed) : Signal(twin, seed)
{
    private static readonly TimeSpan s_answeredAfter = TimeSpan.FromSeconds(20);

    public override bool CanHave(FaultKind kind) => kind == FaultKind.Sos || base.CanHave(kind);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var call = Active(FaultKind.Sos, time);
        json.WriteBoolean("pressed"u8, call is not null);
        json.WriteBoolean("callConnected"u8, call is not null && call.LastedBy(time) >= s_answeredAfter);
        json.WriteBoolean("lineTestPassed"u8, true);
        Number(json, "batteryPercent"u8, 92 + 7 * Noise.Signed(Seed, 1), 0);
        json.WriteBoolean("tamperDetected"u8, false);
    }
}

/// <summary>The state of a camera; it carries no image.</summary>
internal sealed class CameraSignal(FleetTwin twin, ulong seed, CityCalendar calendar) : Signal(twin, seed)
{
    // The oldest recordings go when the store is nearly full.
    private static readonly TimeSpan s_storeRound = TimeSpan.FromDays(14);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var round = time.UnixMilliseconds / s_storeRound.TotalMilliseconds + Noise.Unit(Seed, 1);
        json.WriteBoolean("online"u8, true);
        json.WriteBoolean("recording"u8, true);
        json.WriteBoolean("lensObstructed"u8, false);
        Number(json, "storageFreePercent"u8, 62 - 42 * (round - Math.Floor(round)));
        Number(json, "housingTemperatureCelsius"u8, calendar.OutdoorCelsius(time) + 9 + 2 * Wander(2, time, 60));
    }
}

/// <summary>A stop: people gather until the bus comes, most of them in the rush hours.</summary>
internal sealed class TransportStopSignal(FleetTwin twin, ulong seed, CityCalendar calendar) : Signal(twin, seed)
{
    // People a minute at a stop of mean size, by hour.
    private static readonly double[] s_arrivals =
        [0.1, 0.03, 0.01, 0.01, 0.03, 0.3, 1.4, 2.8, 2.9, 1.7, 1.1, 1.0,
            1.1, 1.2, 1.2, 1.3, 1.7, 2.7, 3.0, 2.2, 1.3, 0.8, 0.5, 0.25];

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        var hour = (int)(part * 24) % 24;
        var share = CityCalendar.IsWeekend(day) ? 0.55 : 1;
        var headwayMinutes = (hour is >= 6 and < 23 ? 5 : 18) * (0.8 + 0.5 * Noise.Unit(Seed, 1));
        var round = time.UnixMilliseconds / (headwayMinutes * 60_000) + Noise.Unit(Seed, 2);
        var waited = round - Math.Floor(round);
        var size = 0.4 + 1.4 * Noise.Unit(Seed, 3);
        var waiting = 1 + s_arrivals[hour] * share * size * headwayMinutes * waited * (1 + 0.4 * Wander(4, time, 9));
        json.WriteNumber("peopleWaiting"u8, (int)Math.Max(0, waiting - 0.5));
        Number(json, "nextArrivalMinutes"u8, headwayMinutes * (1 - waited));
        json.WriteBoolean("displayOnline"u8, true);
        Number(json, "shelterTemperatureCelsius"u8, calendar.OutdoorCelsius(time) + 2 + Wander(5, time, 40));
    }
}
