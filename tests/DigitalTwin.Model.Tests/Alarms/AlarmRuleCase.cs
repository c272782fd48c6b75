using System.Globalization;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Says which alarm rule a test is the case of; a test counts the rules and asks for a case of each.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CaseOfRuleAttribute(string model, string code) : Attribute
{
    public (string Model, string Code) Rule { get; } = (model, code);
}

/// <summary>
/// One alarm rule as the norm states it, written down beside the code: the values at the edges, and its delays.
/// Readings are <c>name=value</c>, separated by spaces, in the order of the message.
/// </summary>
/// <param name="Setting">What is reported before, once.</param>
/// <param name="Calm">The last value that does not raise.</param>
/// <param name="Trouble">The first that does.</param>
/// <param name="Deadband">A value that neither raises nor clears; empty where there is no deadband.</param>
/// <param name="Cleared">The first value that clears.</param>
internal sealed record AlarmRuleCase(
    string Model, string Code, Instant Start, int OnSeconds, int OffSeconds, string Calm, string Trouble,
    string Deadband,
    string Cleared, string Setting = "", params (string, string)[] Attributes)
{
    private const int ReportEverySeconds = 60;

    public override string ToString() => $"{Model} {Code}: {Trouble}";

    /// <summary>
    /// Comes and goes exactly after its delays, confirmed by the clock or by the reading of that moment.
    /// </summary>
    public void Play(bool isByClock)
    {
        var twin = new LoneTwin(Model, interval: TimeSpan.FromMinutes(5), attributes: Attributes);
        if (Setting.Length > 0)
            Report(twin, Setting, Start);

        var at = Keep(twin, Calm, Start, OnSeconds + OffSeconds + ReportEverySeconds);
        Assert.DoesNotContain("+" + Code, twin.Alarms);

        // Gone a moment before the delay is over: nothing was.
        var brokenAt = Keep(twin, Trouble, at, OnSeconds - 1);
        if (OnSeconds > 0)
        {
            Report(twin, Cleared, brokenAt);
            at = Keep(twin, Cleared, brokenAt, OffSeconds + ReportEverySeconds);
            Assert.DoesNotContain("+" + Code, twin.Alarms);
        }

        var raisedAt = at.Plus(TimeSpan.FromSeconds(OnSeconds));
        AssertTurns(twin, Trouble, at, raisedAt, isByClock, isRaised: true);

        at = Deadband.Length == 0
            ? Keep(twin, Trouble, raisedAt, OffSeconds)
            : Keep(twin, Deadband, raisedAt, 2 * OffSeconds + ReportEverySeconds);
        Assert.True(twin.IsActive(Code), "Cleared inside the deadband.");

        AssertTurns(twin, Cleared, at, at.Plus(TimeSpan.FromSeconds(OffSeconds)), isByClock, isRaised: false);
        Assert.Equal(["+" + Code, "-" + Code], twin.Alarms.Where(alarm => alarm[1..] == Code));
    }

    private void AssertTurns(LoneTwin twin, string readings, Instant from, Instant due, bool isByClock, bool isRaised)
    {
        var just = due.Plus(TimeSpan.FromSeconds(-1));
        var at = Keep(twin, readings, from, (int)(just - from).TotalSeconds);
        if (just >= from)
        {
            twin.Look(at);
            Assert.Equal(!isRaised, twin.IsActive(Code));
        }

        if (isByClock && due > from)
            twin.Look(due);
        else
            Report(twin, readings, due);
        Assert.Equal(isRaised, twin.IsActive(Code));
        var signal = twin.Signals.Last(signal => LoneTwin.City.Book.Rules[signal.Rule].Code == Code);
        Assert.Equal((isRaised, due), (signal.IsRaised, signal.At));
    }

    // Reports the same again and again until so many seconds have passed; returns the end, which is not reported.
    private static Instant Keep(LoneTwin twin, string readings, Instant from, int seconds)
    {
        for (var second = 0; second < seconds; second += ReportEverySeconds)
            Report(twin, readings, from.Plus(TimeSpan.FromSeconds(second)));
        return seconds < 0 ? from : from.Plus(TimeSpan.FromSeconds(seconds));
    }

    private static void Report(LoneTwin twin, string readings, Instant at)
    {
        foreach (var reading in readings.Split(' ').Select(text => text.Split('=')))
            twin.Report(reading[0], double.Parse(reading[1], CultureInfo.InvariantCulture), at);
    }
}
