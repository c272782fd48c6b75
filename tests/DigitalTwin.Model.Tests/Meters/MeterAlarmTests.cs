using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>Every alarm rule of meters: its limits, its delays to the second, its deadband, its priority.</summary>
public sealed class MeterAlarmTests
{
    public static TheoryData<int> All => [.. Where(_ => true)];

    public static TheoryData<int> Delayed => [.. Where(entry => entry.OnSeconds > 0)];

    public static TheoryData<int> WithDeadband => [.. Where(entry => entry.Hold is not null)];

    [Theory, MemberData(nameof(All))]
    public void JustUnderItsLimitItNeverComes(int row) => MeterAlarmTable.Cases[row].StaysQuietUnderItsLimit();

    [Theory, MemberData(nameof(All))]
    public void ItComesExactlyAfterItsDelayAndNotASecondBefore(int row) =>
        MeterAlarmTable.Cases[row].ComesExactlyAfterItsDelay();

    [Theory, MemberData(nameof(Delayed))]
    public void ABreakBeginsTheDelayAnew(int row) => MeterAlarmTable.Cases[row].ABreakBeginsTheDelayAnew();

    [Theory, MemberData(nameof(Delayed))]
    public void TheClockConfirmsWhatNoReadingDid(int row) => MeterAlarmTable.Cases[row].TheClockConfirmsIt();

    [Theory, MemberData(nameof(WithDeadband))]
    public void InItsDeadbandItNeitherComesNorGoes(int row) => MeterAlarmTable.Cases[row].StaysInTheDeadband();

    [Theory, MemberData(nameof(All))]
    public void ItGoesExactlyAfterItsDelayAndNotASecondBefore(int row) =>
        MeterAlarmTable.Cases[row].GoesExactlyAfterItsDelay();

    [Theory, MemberData(nameof(All))]
    public void ItsPriorityDelaysAndLatchAreTheDomains(int row) => MeterAlarmTable.Cases[row].IsAsTheNormSays();

    [Fact]
    public void EveryRuleOfAMeterHasACase()
    {
        var known = MeterAlarmTable.Cases.Select(entry => entry.Key).Concat(MeterTimeAlarmTests.Keys).ToHashSet();
        var rules = AlarmCase.KeysOf(TwinKind.UtilityMeter).Where(key => !key.StartsWith("UtilityMeter/"));
        Assert.Empty(rules.Except(known));
    }

    [Fact]
    public void EveryCaseIsOfARuleThatIsThere() =>
        Assert.Empty(MeterAlarmTable.Cases.Select(entry => entry.Key).Concat(MeterTimeAlarmTests.Keys)
            .Except(AlarmCase.KeysOf(TwinKind.UtilityMeter)));

    private static IEnumerable<int> Where(Func<AlarmCase, bool> fits) =>
        Enumerable.Range(0, MeterAlarmTable.Cases.Count).Where(row => fits(MeterAlarmTable.Cases[row]));
}
