using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Delays and deadband of any rule on any values, against a plain reckoning over the whole past.</summary>
public sealed class AlarmRuleBookTimerTests
{
    private const double Limit = 10;
    private const double ClearLimit = 8;
    private static readonly Instant s_start = Instant.Utc(2026, 11, 21, 12);

    // Values at the edges, gaps around the delays, sometimes only the clock.
    [Fact]
    public void TheSequenceOfRaisesAndClearsIsThatOfTheReference() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var (on, off) = (Delay(random), Delay(random));
            var isAbove = random.Next(2) == 0;
            var twin = Tank(isAbove, on, off);
            var past = new List<(long Second, double? Value)>();
            var second = 0L;
            for (var step = 0; step < 120; step++)
            {
                second += random.Next(4) switch { 0 => 1, 1 => on, 2 => off, _ => random.Next(1, 90) };
                double? value = random.Next(5) == 0 ? null : Value(random, isAbove);
                past.Add((second, value));
                var at = s_start.Plus(TimeSpan.FromSeconds(second));
                if (value is { } known)
                    twin.Report("levelMetres", known, at);
                else
                    twin.Look(at);
            }

            var expected = Reference(past, isAbove, on, off);
            var actual = twin.Signals.Select(signal => ((signal.At - s_start).TotalSeconds, signal.IsRaised)).ToArray();
            Assert.Equal(expected.Select(entry => ((double)entry.Second, entry.IsRaised)), actual);
            Assert.Equal(actual.Length % 2, twin.State.ActiveAlarms);
            return true;
        }));

    // Whatever the values: first a raise, then in turns, never back in time, no sooner than the delays allow.
    [Fact]
    public void RaisesAndClearsTakeTurns() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(int[] Values, byte On, byte Off)>(), input =>
        {
            var twin = Tank(isAbove: true, input.On, input.Off);
            for (var i = 0; i < input.Values.Length; i++)
                twin.Report("levelMetres", input.Values[i], s_start.Plus(TimeSpan.FromSeconds(10 * i)));
            for (var i = 0; i < twin.Signals.Count; i++)
            {
                Assert.Equal(i % 2 == 0, twin.Signals[i].IsRaised);
                var since = i == 0 ? s_start : twin.Signals[i - 1].At;
                Assert.True(twin.Signals[i].At - since >= TimeSpan.FromSeconds(i % 2 == 0 ? input.On : input.Off));
            }

            return true;
        }));

    [Fact]
    public void ATimerTakesFourBytesAndKnowsSinceWhenItWaits()
    {
        Assert.Equal(4, System.Runtime.CompilerServices.Unsafe.SizeOf<AlarmTimer>());
        var timer = default(AlarmTimer);
        Assert.Equal((false, false, Instant.Never), (timer.IsActive, timer.IsPending, timer.PendingSince));
        foreach (var since in new[] { Instant.Utc(2020, 1, 1), s_start, Instant.Utc(2087, 12, 31) })
        {
            timer.Wait(since);
            Assert.Equal((false, true, since), (timer.IsActive, timer.IsPending, timer.PendingSince));
        }

        timer.Set(isActive: true);
        Assert.Equal((true, false, Instant.Never), (timer.IsActive, timer.IsPending, timer.PendingSince));
        timer.Wait(s_start);
        Assert.Equal((true, true, s_start), (timer.IsActive, timer.IsPending, timer.PendingSince));
        timer.StopWaiting();
        Assert.Equal((true, false), (timer.IsActive, timer.IsPending));
        Assert.Equal((true, false), (AlarmTimer.Restored.IsActive, AlarmTimer.Restored.IsPending));
    }

    // Before 2020 a device's clock is wrong anyway; the wait then begins in 2020.
    [Fact]
    public void AWaitFromBeforeTheEpochBeginsWithIt()
    {
        var timer = default(AlarmTimer);
        timer.Wait(Instant.Utc(1999, 1, 1));
        Assert.Equal(Instant.Utc(2020, 1, 1), timer.PendingSince);
    }

    // The past as a list: an alarm turns as soon as the other condition has held without a break for its delay.
    private static List<(long Second, bool IsRaised)> Reference(
        List<(long Second, double? Value)> past, bool isAbove, int on, int off)
    {
        var signals = new List<(long, bool)>();
        var isActive = false;
        var since = -1L;
        foreach (var (second, value) in past)
        {
            var delay = isActive ? off : on;
            if (value is not { } known)
            {
                // The clock confirms what has waited long enough, as of the moment when it had.
                if (since >= 0 && second - since >= delay)
                    Turn(since + delay);
                continue;
            }

            var sign = isAbove ? 1 : -1;
            var isWanted = isActive ? sign * known <= sign * ClearOf(isAbove) : sign * known > sign * Limit;
            if (!isWanted)
            {
                since = -1;
                continue;
            }

            since = since < 0 ? second : since;
            if (second - since >= delay)
                Turn(second);
        }

        return signals;

        void Turn(long second)
        {
            isActive = !isActive;
            since = -1;
            signals.Add((second, isActive));
        }
    }

    private static double ClearOf(bool isAbove) => isAbove ? ClearLimit : 2 * Limit - ClearLimit;

    private static int Delay(Random random) => random.Next(4) == 0 ? 0 : random.Next(1, 120);

    private static double Value(Random random, bool isAbove)
    {
        double[] aroundTheEdges =
            [Limit, Limit + 0.01, Limit - 0.01, ClearLimit, ClearLimit - 0.01, ClearLimit + 0.01, 100, -100];
        var value = aroundTheEdges[random.Next(aroundTheEdges.Length)];
        return isAbove ? value : 2 * Limit - value;
    }

    // Never stale, so that the clock is always believed.
    private static LoneTwin Tank(bool isAbove, int on, int off)
    {
        const string Model = """
            {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Tank;1","@type":"Interface","displayName":"Tank",
             "contents":[{"@type":"Telemetry","name":"levelMetres","schema":"double"}]}
            """;
        var when = isAbove ? $"\"above\":{Limit},\"clearBelow\":{ClearOf(true)}"
            : $"\"below\":{Limit},\"clearAbove\":{ClearOf(false)}";
        var rules = new CityRules(
            ModelCatalog.BuiltIn.With(new Dictionary<string, string> { ["Tank.json"] = Model }, null),
            AlarmRuleBook.Parse("own.json", $$"""
                {"rules":[{"code":"LEVEL","models":["dtmi:kz:example:Tank;1"],"priority":"low","text":"Level",
                 "onDelaySeconds":{{on}},"offDelaySeconds":{{off}},"when":{"property":"levelMetres",{{when}}},
                 "source":"s","status":"secondary","validFrom":"2026-11-21"}]}
                """),
            LightingProgrammes.BuiltIn, new GeoPoint(76.9, 43.2));
        return new LoneTwin(rules[rules.Catalog["dtmi:kz:example:Tank;1"]], TimeSpan.FromDays(1));
    }
}
