using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>
/// One alarm rule of one model as the domain's table has it: what raises it, what just does not, what lies in the
/// deadband and what clears it. Readings are written <c>name=value</c>; a name of <see cref="RollupMeasure"/> is a sum.
/// </summary>
internal sealed record AlarmCase(
    string Model, string Code, AlarmPriority Priority, int OnSeconds, int OffSeconds,
    string Raise, string Under, string Clear, string? Hold = null, string Before = "", bool IsLatched = false,
    bool IsTheMetersWord = false)
{
    // 10:00 in the city: by day no lamp is to burn.
    public static readonly Instant Start = Instant.Utc(2026, 11, 21, 5);

    public string Key => $"{Model}/{Code}";

    public AlarmRule Rule => New().Rules.Alarms[New().Rules.IndexOf(Code)];

    /// <summary>Reports once a day at least, so that nothing here is about silence.</summary>
    public LoneTwin New()
    {
        var twin = new LoneTwin(Model, TimeSpan.FromDays(1), null, ("permanentFlowLitresPerHour", "2500"));
        Tell(twin, Before, At(-7200));
        return twin;
    }

    public static Instant At(double seconds) => Start.Plus(TimeSpan.FromSeconds(seconds));

    public static void Tell(LoneTwin twin, string readings, Instant at)
    {
        var sums = default(Tally);
        var hasSums = false;
        foreach (var reading in readings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, text) = (reading.Split('=')[0], reading.Split('=')[1]);
            var value = double.Parse(text, CultureInfo.InvariantCulture);
            if (Enum.TryParse<RollupMeasure>(name, out var measure))
                (sums[(int)measure], hasSums) = ((long)value, true);
            else
                twin.Report(name, value, at);
        }

        if (hasSums)
            twin.TakeSums(in sums, at);
    }

    /// <summary>Every rule that the book has for some models, as <see cref="Key"/>.</summary>
    public static IReadOnlyList<string> KeysOf(params TwinKind[] kinds) =>
    [
        .. from model in ModelCatalog.BuiltIn.Models
           where kinds.Contains(model.Kind)
           from rule in AlarmRuleBook.BuiltIn.Rules
           where rule.ModelIds.Any(model.IsA)
           select $"{model.Id["dtmi:kz:almaty:".Length..^";1".Length]}/{rule.Code}",
    ];

    /// <summary>Just under the limit it never comes.</summary>
    public void StaysQuietUnderItsLimit()
    {
        var twin = New();
        for (var seconds = 0; seconds <= OnSeconds * 2 + 60; seconds += OnSeconds / 4 + 10)
            Tell(twin, Under, At(seconds));
        Assert.False(twin.IsActive(Code), Key);
    }

    public void ComesExactlyAfterItsDelay()
    {
        var twin = New();
        Tell(twin, Raise, Start);
        if (OnSeconds > 0)
        {
            Assert.False(twin.IsActive(Code), Key);
            Tell(twin, Raise, At(OnSeconds - 1));
            Assert.False(twin.IsActive(Code), Key);
            Tell(twin, Raise, At(OnSeconds));
        }

        AssertSignal(twin, isRaised: true, At(OnSeconds));
    }

    /// <summary>What is gone for a moment begins to wait anew.</summary>
    public void ABreakBeginsTheDelayAnew()
    {
        var twin = New();
        Tell(twin, Raise, Start);
        Tell(twin, Under, At(OnSeconds / 2));
        Tell(twin, Raise, At(OnSeconds - 1));
        Tell(twin, Raise, At(2 * OnSeconds - 2));
        Assert.False(twin.IsActive(Code), Key);
        Tell(twin, Raise, At(2 * OnSeconds - 1));
        Assert.True(twin.IsActive(Code), Key);
    }

    /// <summary>The clock confirms what no reading came to confirm.</summary>
    public void TheClockConfirmsIt()
    {
        var twin = New();
        Tell(twin, Raise, Start);
        twin.Look(At(OnSeconds - 1));
        Assert.False(twin.IsActive(Code), Key);
        twin.Look(At(OnSeconds));
        AssertSignal(twin, isRaised: true, At(OnSeconds));
    }

    public void StaysInTheDeadband()
    {
        var twin = Raised();
        for (var seconds = 60; seconds <= OffSeconds * 3 + 600; seconds += OffSeconds / 2 + 60)
            Tell(twin, Hold!, At(OnSeconds + seconds));
        Assert.True(twin.IsActive(Code), Key);
        // A deadband does not raise either.
        var other = New();
        for (var seconds = 60; seconds <= OnSeconds * 3 + 600; seconds += OnSeconds / 2 + 60)
            Tell(other, Hold!, At(seconds));
        Assert.False(other.IsActive(Code), Key);
    }

    public void GoesExactlyAfterItsDelay()
    {
        var twin = Raised();
        var gone = OnSeconds + 60;
        Tell(twin, Clear, At(gone));
        if (OffSeconds > 0)
        {
            Assert.True(twin.IsActive(Code), Key);
            Tell(twin, Clear, At(gone + OffSeconds - 1));
            Assert.True(twin.IsActive(Code), Key);
            Tell(twin, Clear, At(gone + OffSeconds));
        }

        Assert.False(twin.IsActive(Code), Key);
        AssertSignal(twin, isRaised: false, At(gone + OffSeconds));
    }

    public void IsAsTheNormSays()
    {
        Assert.Equal(Priority, Rule.Priority);
        // The meter has waited itself before it said so.
        if (!IsTheMetersWord)
            Assert.Equal(TimeSpan.FromSeconds(OnSeconds), Rule.OnDelay);
        Assert.Equal(TimeSpan.FromSeconds(OffSeconds), Rule.OffDelay);
        Assert.Equal(IsLatched, Rule.IsLatched);
    }

    private LoneTwin Raised()
    {
        var twin = New();
        Tell(twin, Raise, Start);
        Tell(twin, Raise, At(OnSeconds));
        Assert.True(twin.IsActive(Code), Key);
        return twin;
    }

    private void AssertSignal(LoneTwin twin, bool isRaised, Instant at)
    {
        Assert.True(isRaised == twin.IsActive(Code), Key);
        var signal = twin.Signals.Last(signal => signal.Rule == Rule.Index);
        Assert.Equal((isRaised, at), (signal.IsRaised, signal.At));
    }
}
