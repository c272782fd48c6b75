using System.Runtime.CompilerServices;
using DigitalTwin.Model.Expectation;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Expectation;

public sealed class UsageProfileTests
{
    private const int Year = SyntheticConsumption.HoursAYear;
    private const int Evening = 20;
    private const int Night = 3;

    [Fact]
    public void OneMeterTakesAtMost192Bytes() => Assert.InRange(Unsafe.SizeOf<UsageProfile>(), 1, 192);

    [Fact]
    public void AWeeklyPatternIsLearnedFromAYear()
    {
        var profile = Learned(hours: Year);

        double missed = 0, total = 0;
        for (var hour = Year; hour < Year + 168; hour++)
        {
            missed += Math.Abs(profile.Expect(hour % 168).Value - SyntheticConsumption.Usual(hour));
            total += SyntheticConsumption.Usual(hour);
        }
        Assert.InRange(missed / total, 0, 0.1);
    }

    [Fact]
    public void TheSpreadIsThatOfTheNoise() => Assert.InRange(Learned(hours: Year).RelativeSpread, 0.15, 0.3);

    [Fact]
    public void TheSeasonIsFollowed()
    {
        var profile = default(UsageProfile);
        var consumption = new SyntheticConsumption(seed: 1);
        var next24 = new double[24];
        for (var hour = 0; hour < Year; hour++)
        {
            profile.Learn(hour % 168, consumption.Next(hour));
            if (hour < 4 * 168 || hour % 24 != 23)
                continue;
            profile.Forecast((hour + 1) % 168, next24);
            var usual = Enumerable.Range(hour + 1, 24).Sum(SyntheticConsumption.Usual);
            Assert.InRange(next24.Sum() / usual, 0.85, 1.15);
        }
    }

    [Theory]
    [InlineData(24)]
    [InlineData(48)]
    public void ALeakIsNotLearnedWithinTwoDays(int leakHours)
    {
        // About as much as the home uses on average.
        const double Leak = 0.6;
        var profile = Learned(hours: Year);
        var before = profile;
        var consumption = new SyntheticConsumption(seed: 2);
        for (var hour = Year; hour < Year + leakHours; hour++)
            profile.Learn(hour % 168, consumption.Next(hour) + Leak);

        var lastNight = (Year + leakHours) / 24 * 24 % 168 + Night;
        Assert.True(profile.DeviationOf(lastNight, Leak) > 5, $"only {profile.DeviationOf(lastNight, Leak)} spreads");
        for (var hourOfWeek = 0; hourOfWeek < 168; hourOfWeek++)
        {
            var usual = before.Expect(hourOfWeek).Value;
            Assert.InRange(profile.Expect(hourOfWeek).Value, 0, usual + 0.2 * Math.Max(usual, 0.2 * Leak));
        }
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(0.3)]
    public void ALastingChangeIsLearnedInSomeWeeks(double factor)
    {
        var profile = Learned(hours: Year);
        var consumption = new SyntheticConsumption(seed: 2);
        const int Until = Year + 5 * 168;
        for (var hour = Year; hour < Until; hour++)
            profile.Learn(hour % 168, factor * consumption.Next(hour));

        var usual = factor * SyntheticConsumption.Usual(Until - 168 + Evening);
        Assert.InRange(profile.Expect((Until - 168 + Evening) % 168).Value / usual, 0.75, 1.3);
    }

    // A pump that from now on runs at night: only a few hours a day stray, and still they are a habit in the end.
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    public void ALastingChangeOfAFewHoursIsLearnedInSomeWeeks(int fromHour, int untilHour)
    {
        var profile = Learned(hours: Year);
        var consumption = new SyntheticConsumption(seed: 2);
        var first = profile.DeviationOf(fromHour, 0.5);
        for (var hour = Year; hour < Year + 10 * 168; hour++)
        {
            var isPumping = hour % 24 >= fromHour && hour % 24 < untilHour;
            profile.Learn(hour % 168, isPumping ? 0.5 : consumption.Next(hour));
        }

        Assert.True(first > 5);
        Assert.InRange(profile.DeviationOf(fromHour, 0.5), -2, 2.5);
    }

    // What strays to either side in turn is noise, however long it lasts.
    [Fact]
    public void StrayingToEitherSideIsNoHabit()
    {
        var profile = Learned(hours: Year);
        var usual = profile.Expect(Evening).Value;
        var consumption = new SyntheticConsumption(seed: 2);
        for (var hour = Year; hour < Year + 21 * 24; hour++)
        {
            var strayed = hour / 24 % 2 == 0 ? 6 * usual : 0;
            profile.Learn(hour % 168, hour % 24 == Evening ? strayed : consumption.Next(hour));
        }
        Assert.InRange(profile.Expect(Evening).Value / usual, 0.8, 1.25);
    }

    // A cell is a byte: corrections smaller than its step must add up, and to neither side of the truth.
    [Fact]
    public void ASmallDifferenceOfOneHourIsLearned()
    {
        var profile = default(UsageProfile);
        for (var hour = 0; hour < 2 * Year; hour++)
            profile.Learn(hour % 168, hour > 4 * 168 && hour % 168 == Evening ? 10.6 : 10);

        Assert.InRange(profile.Expect(Evening).Value, 10.4, 10.8);
        Assert.InRange(profile.Expect(Night).Value, 9.8, 10.2);
    }

    [Fact]
    public void CodesAreRightOnAverageAndNothingIsExactlyNothing()
    {
        const double Point = 0.1234;
        var average = Enumerable.Range(0, 1_000)
            .Average(i => UsageScale.OfCode(UsageScale.Code(Point, dither: (i + 0.5) / 1_000)));

        Assert.Equal(Point, average, 4);
        Assert.Equal(0, UsageScale.Ratio(UsageScale.Code(UsageScale.Of(0, level: 5))));
    }

    [Fact]
    public void APlantedAnomalyIsManySpreadsOff()
    {
        var profile = Learned(hours: Year);
        var usual = SyntheticConsumption.Usual(Year);
        var hourOfWeek = Year % 168;
        Assert.InRange(profile.DeviationOf(hourOfWeek, usual), -1, 1);

        const int Peak = Evening;
        Assert.True(profile.DeviationOf(Peak, 5 * profile.Expect(Peak).Value) > 5);
        Assert.True(profile.DeviationOf(Peak, 0) < -5);
        Assert.True(profile.DeviationOf(Night, profile.Level) > 5);
    }

    [Fact]
    public void UsualHoursAreAboutOneSpreadOff()
    {
        var profile = Learned(hours: Year);
        var consumption = new SyntheticConsumption(seed: 2);
        var deviations = Enumerable.Range(Year, 168)
            .Select(hour => Math.Abs(profile.DeviationOf(hour % 168, consumption.Next(hour)))).ToArray();

        Assert.InRange(deviations.Average(), 0.3, 1.3);
        Assert.InRange(deviations.Count(deviation => deviation > 4), 0, 2);
    }

    [Fact]
    public void NothingIsJudgedBeforeEnoughWasLearned()
    {
        var min = ExpectationNorms.Usage.HoursLearnedMin;

        Assert.True(double.IsNaN(Learned(hours: min - 1).DeviationOf(0, 1)));
        Assert.False(double.IsNaN(Learned(hours: min).DeviationOf(0, 1)));
    }

    [Fact]
    public void AnHourOfTheWeekNeverSeenIsNotJudged()
    {
        var profile = default(UsageProfile);
        for (var i = 0; i < 1_000; i++)
            profile.Learn(i % 100, 1);

        Assert.True(double.IsNaN(profile.DeviationOf(150, 1)));
        Assert.Equal(profile.Level, profile.Expect(150).Value);
    }

    [Fact]
    public void AnEmptyHomeIsExpectedToUseNothingAndTheFirstFlowStandsOut()
    {
        var profile = default(UsageProfile);
        for (var hour = 0; hour < 1_000; hour++)
            profile.Learn(hour % 168, 0);

        Assert.Equal(0, profile.Expect(5).Value);
        Assert.Equal(0, profile.DeviationOf(5, 0));
        Assert.True(profile.DeviationOf(5, 0.01) > 5);
    }

    // The first value of a meter may be a thousandth of its usual one: the scale of the first week is not to clip.
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.0)]
    [InlineData(1_000.0)]
    public void AnOddFirstHourIsForgotten(double first)
    {
        var profile = default(UsageProfile);
        profile.Learn(0, first);
        for (var hour = 1; hour < 6 * 168; hour++)
            profile.Learn(hour % 168, 10 + hour % 24);

        Assert.InRange(profile.Expect(12).Value, 19, 25);
    }

    [Fact]
    public void AForecastIsTheExpectationHourByHourAcrossTheWeeksEnd()
    {
        var profile = Learned(hours: Year);
        var next24 = new double[24];
        profile.Forecast(160, next24);

        for (var i = 0; i < 24; i++)
            Assert.Equal(profile.Expect((160 + i) % 168).Value, next24[i]);
    }

    [Fact]
    public void WhatIsNoNumberIsNotLearned()
    {
        var profile = Learned(hours: 400);
        profile.Learn(5, double.NaN);
        profile.Learn(5, double.PositiveInfinity);

        Assert.Equal(400, profile.HoursLearned);
        Assert.True(double.IsNaN(profile.DeviationOf(5, double.NaN)));
    }

    [Fact]
    public void LearningAndAskingAllocateNothing()
    {
        var profile = Learned(hours: 400);
        var next24 = new double[24];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var hour = 0; hour < 1_000; hour++)
        {
            profile.Learn(hour % 168, hour % 7);
            profile.DeviationOf(hour % 168, 3);
            profile.Forecast(hour % 168, next24);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // Values of every magnitude a double has: whatever meters send, what they are judged by stays a number.
    [Fact]
    public void FiniteInputGivesFiniteAndRepeatableExpectations() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(short Hour, NormalFloat Value)[]>(), hours =>
        {
            UsageProfile first = default, second = default;
            for (var round = 0; round < 20; round++)
            {
                foreach (var (hour, value) in hours)
                {
                    first.Learn((ushort)hour % 168, value.Get);
                    second.Learn((ushort)hour % 168, value.Get);
                }
            }
            foreach (var (hour, value) in hours)
            {
                var hourOfWeek = (ushort)hour % 168;
                var expected = first.Expect(hourOfWeek);
                var deviation = first.DeviationOf(hourOfWeek, value.Get);
                if (!double.IsFinite(expected.Value) || !double.IsFinite(expected.Spread) || expected.Value < 0
                    || expected != second.Expect(hourOfWeek)
                    || !deviation.Equals(second.DeviationOf(hourOfWeek, value.Get))
                    || double.IsInfinity(deviation) || double.IsNaN(deviation) == first.IsReady)
                    return false;
            }
            return true;
        }));

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(double.MinValue)]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    public void TheEndsOfTheRangeStayFinite(double value)
    {
        var profile = default(UsageProfile);
        for (var hour = 0; hour < 70_000; hour++)
            profile.Learn(hour % 168, hour % 3 == 0 ? value : 1);

        Assert.Equal(ushort.MaxValue, profile.HoursLearned);
        for (var hour = 0; hour < 168; hour++)
        {
            Assert.True(double.IsFinite(profile.Expect(hour).Value));
            Assert.True(double.IsFinite(profile.Expect(hour).Spread));
            Assert.True(double.IsFinite(profile.DeviationOf(hour, value)));
        }
    }

    private static UsageProfile Learned(int hours)
    {
        var profile = default(UsageProfile);
        var consumption = new SyntheticConsumption(seed: 1);
        for (var hour = 0; hour < hours; hour++)
            profile.Learn(hour % 168, consumption.Next(hour));
        return profile;
    }
}
