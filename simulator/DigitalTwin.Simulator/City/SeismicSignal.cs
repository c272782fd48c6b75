using System.Text.Json;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>A seismic station: the city's own trembling, and an earthquake where a fault asks for one.</summary>
internal sealed class SeismicSignal(FleetTwin twin, ulong seed) : Signal(twin, seed)
{
    // A moderate earthquake right below the city, as the faults there can give.
    private const double Magnitude = 5.2;
    private const double DepthKilometres = 12;
    private const double WaveKilometresPerSecond = 6; // P waves in the upper crust

    private static readonly TimeSpan s_strong = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_decay = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_eventHeld = TimeSpan.FromMinutes(3);

    private double _epicentreKilometres;

    public override bool CanHave(FaultKind kind) => kind == FaultKind.Quake || base.CanHave(kind);

    /// <summary>The fault begins here when the first wave has come from the focus below that place.</summary>
    public void Shake(Fault quake, GeoPoint epicentre)
    {
        _epicentreKilometres = epicentre.DistanceMetresTo(Twin.Position) / 1000;
        var delay = TimeSpan.FromSeconds((FocusKilometres - DepthKilometres) / WaveKilometresPerSecond);
        Add(quake with { From = quake.From.Plus(delay), Until = Later(quake.Until, delay) });
    }

    private double FocusKilometres =>
        Math.Sqrt(_epicentreKilometres * _epicentreKilometres + DepthKilometres * DepthKilometres);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        // Traffic shakes the ground more by day.
        var traffic = Math.Sin((CityCalendar.LocalHour(time) - 8) / 12 * Math.PI);
        var noise = 0.0015 * (1 + 0.6 * Wander(1, time, 2) + 0.3 * traffic);
        var quake = Active(FaultKind.Quake, time);
        var strength = quake is null ? 0 : StrengthAfter(quake.LastedBy(time));
        // MSK-64: a point more is twice the motion; VII lies about 0.75 m/s² and 6 cm/s.
        var acceleration = Math.Max(noise, strength * 0.75 * Math.Pow(2, PeakIntensity() - 7));
        var intensity = Math.Clamp(7 + Math.Log2(acceleration / 0.75), 1, 12);
        Number(json, "peakGroundAccelerationMetresPerSecondSquared"u8, acceleration, 5);
        Number(json, "peakGroundVelocityMetresPerSecond"u8, acceleration * 0.08, 6);
        Number(json, "intensityMsk64"u8, intensity);
        json.WriteBoolean("eventDetected"u8, quake is not null && quake.LastedBy(time) < s_eventHeld);
        if (quake is not null)
        {
            Number(json, "eventMagnitude"u8, Magnitude + 0.15 * Noise.Signed(Seed, 2));
            Number(json, "epicentralDistanceKilometres"u8, _epicentreKilometres);
        }

        json.WriteBoolean("clockSynchronised"u8, true);
        Number(json, "batteryPercent"u8, 98 + 2 * Noise.Signed(Seed, 3), 0);
    }

    // Shebalin's macroseismic field with its mean coefficients: I = 1.5 M − 3.5 lg R + 3.
    private double PeakIntensity() =>
        1.5 * Magnitude - 3.5 * Math.Log10(FocusKilometres) + 3 + 0.3 * Noise.Signed(Seed, 4);

    private static double StrengthAfter(TimeSpan lasted) =>
        lasted <= s_strong ? 1 : Math.Exp(-((lasted - s_strong) / s_decay));

    private static Instant Later(Instant until, TimeSpan delay) =>
        until >= CityCalendar.Last ? until : until.Plus(delay);
}
