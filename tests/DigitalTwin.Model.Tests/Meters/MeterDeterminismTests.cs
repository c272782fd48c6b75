using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>The same inputs give the same memory to the byte, and what is delivered again changes nothing.</summary>
public sealed class MeterDeterminismTests
{
    private const double FutureSeconds = 100_000_000;

    private static readonly Instant s_start = Instant.Utc(2026, 11, 2, 19);

    private static readonly string[] s_models =
        ["ElectricityMeter", "ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter", "Feeder"];

    // On and around the limits of every rule, and what no device should send.
    private static readonly double[] s_values =
    [
        0, 1, -6, 2.9, 5.5, 9, 20, 60, 75, 109, 150, 197, 220, 245, 400, 2501, 3126, 6000, 90_000, 1e6, 3e7, 99_999_999,
        double.NaN, double.PositiveInfinity, -1e9,
    ];

    private sealed record Message(int Slot, int Value, int Seconds, double AheadSeconds, Quality Quality, int Again);

    private sealed record Story(string Model, Message[] Messages)
    {
        public override string ToString() => $"{Model}: {string.Join<Message>(", ", Messages)}";
    }

    [Fact]
    public void TheSameInputsGiveTheSameMemoryToTheByte() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), story =>
        {
            var (a, b) = (Play(story), Play(story));
            return a.Memory().AsSpan().SequenceEqual(b.Memory()) && a.Signals.SequenceEqual(b.Signals)
                && a.Hours.SequenceEqual(b.Hours);
        }));

    [Fact]
    public void AMessageDeliveredAgainAtOnceChangesNotAByte() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), story =>
        {
            var twin = New(story.Model);
            var now = s_start;
            return story.Messages.All(message =>
            {
                now = Tell(twin, message, now);
                var (before, signals, hours) = (twin.Memory(), twin.Signals.Count, twin.Hours.Count);
                Tell(twin, message with { Seconds = 0 }, now);
                return twin.Memory().AsSpan().SequenceEqual(before)
                    && signals == twin.Signals.Count && hours == twin.Hours.Count;
            });
        }));

    // A twin remembers no more than its last refusal: an older one that comes again may count on, and confirm a later
    // value like it.
    [Fact]
    public void AMessageDeliveredAgainAnyTimeLaterChangesNoValueNoHourAndNoAlarm() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), story =>
        {
            var (once, again) = (New(story.Model), New(story.Model));
            var now = s_start;
            var told = new List<(Message Message, Instant Now)>();
            var screened = new List<Message>();
            foreach (var message in story.Messages)
            {
                told.Add((message, now));
                Tell(again, message, now);
                var before = once.State.ScreenedInARow;
                now = Tell(once, message, now);
                if (once.State.ScreenedInARow > before)
                    screened.Add(message);
                var (old, oldNow) = told[message.Again % told.Count];
                if (screened.Contains(old) && old != screened[^1])
                    continue;
                var at = oldNow.Plus(TimeSpan.FromSeconds(old.Seconds + old.AheadSeconds));
                again.Report(NameOf(again, old), s_values[old.Value], at, now, old.Quality);
            }

            return again.Signals.SequenceEqual(once.Signals) && again.Hours.SequenceEqual(once.Hours)
                && Values(again).SequenceEqual(Values(once));
        }));

    [Fact]
    public void TwinsDoNotDisturbEachOther() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), Stories().ToArbitrary(), (a, b) =>
        {
            var (first, second) = (New(a.Model), New(b.Model));
            var (nowFirst, nowSecond) = (s_start, s_start);
            for (var i = 0; i < Math.Max(a.Messages.Length, b.Messages.Length); i++)
            {
                if (i < a.Messages.Length)
                    nowFirst = Tell(first, a.Messages[i], nowFirst);
                if (i < b.Messages.Length)
                    nowSecond = Tell(second, b.Messages[i], nowSecond);
            }

            return first.Memory().AsSpan().SequenceEqual(Play(a).Memory())
                && second.Memory().AsSpan().SequenceEqual(Play(b).Memory());
        }));

    private static IEnumerable<(double, Quality, QualityReason, Instant)> Values(LoneTwin twin) =>
        from slot in twin.Rules.Model.Slots
        let value = twin[slot.Name]
        select (value.ValueOrNaN, value.Quality, value.Reason, value.MeasuredAt);

    private static LoneTwin New(string model) =>
        new(model, TimeSpan.FromHours(1), null, ("permanentFlowLitresPerHour", "2500"));

    private static LoneTwin Play(Story story)
    {
        var twin = New(story.Model);
        var now = s_start;
        foreach (var message in story.Messages)
            now = Tell(twin, message, now);
        return twin;
    }

    private static Instant Tell(LoneTwin twin, Message message, Instant now)
    {
        now = now.Plus(TimeSpan.FromSeconds(message.Seconds));
        var at = now.Plus(TimeSpan.FromSeconds(message.AheadSeconds));
        twin.Report(NameOf(twin, message), s_values[message.Value], at, now, message.Quality);
        return now;
    }

    private static string NameOf(LoneTwin twin, Message message)
    {
        var reported = twin.Rules.Model.Slots.Where(slot => slot.Role == PropertyRole.Telemetry).ToArray();
        return reported[message.Slot % reported.Length].Name;
    }

    // Times are all different: at the same time other content is the device's own correction, which the last one wins.
    private static Gen<Story> Stories() =>
        from model in Gen.Elements(s_models)
        from messages in (
            from slot in Gen.Choose(0, 1000)
            from value in Gen.Choose(0, s_values.Length - 1)
            from seconds in Gen.Frequency((5, Gen.Choose(1, 900)), (1, Gen.Choose(3000, 90_000)))
            from ahead in Gen.Frequency(
                (12, Gen.Constant(0.0)), (1, Gen.Constant(FutureSeconds)), (1, Gen.Constant(-604_800.0)))
            from quality in Gen.Frequency(
                (12, Gen.Constant(Quality.Good)), (1, Gen.Elements(Quality.Suspect, Quality.Bad)))
            from again in Gen.Choose(0, 1000)
            select new Message(slot, value, seconds, ahead, quality, again)).ArrayOf(60)
        select new Story(model, messages);
}
