using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Networks;

/// <summary>Alarms about what a feeder or cabinet serves need no word of the feeder or cabinet itself.</summary>
public sealed class SilentNetworkTests
{
    private static readonly Instant s_evening = Instant.Utc(2026, 11, 21, 16);

    [Fact]
    public void TheClockConfirmsDarkLampsOfACabinetThatNeverSaidAnything()
    {
        var cabinet = new LoneTwin("LightingCabinet");
        cabinet.TakeSums(Sums(RollupMeasure.Lights, RollupMeasure.LightsFailed, 40), s_evening);

        cabinet.Look(s_evening.Plus(TimeSpan.FromSeconds(119)));
        Assert.False(cabinet.IsActive("LAMPS_OUT"));
        cabinet.Look(s_evening.Plus(TimeSpan.FromSeconds(120)));
        Assert.True(cabinet.IsActive("LAMPS_OUT"));
    }

    [Fact]
    public void TheClockConfirmsSilentMetersOfAFeederThatNeverSaidAnything()
    {
        var feeder = new LoneTwin("Feeder");
        feeder.TakeSums(Sums(RollupMeasure.Meters, RollupMeasure.MetersSilent, 40), s_evening);

        feeder.Look(s_evening.Plus(TimeSpan.FromSeconds(299)));
        Assert.False(feeder.IsActive("METERS_SILENT"));
        feeder.Look(s_evening.Plus(TimeSpan.FromSeconds(300)));
        Assert.True(feeder.IsActive("METERS_SILENT"));
    }

    [Fact]
    public void WhatASilentCabinetSaidItselfIsNotConfirmed()
    {
        var cabinet = new LoneTwin("LightingCabinet", TimeSpan.FromMinutes(1));
        cabinet.Report("doorOpen", 1, s_evening);

        for (var minute = 0; minute < 24 * 60; minute++)
            cabinet.Look(s_evening.Plus(TimeSpan.FromMinutes(minute)));

        Assert.DoesNotContain("+DOOR", cabinet.Alarms);
        Assert.Contains("+NODATA", cabinet.Alarms);
    }

    private static Tally Sums(RollupMeasure all, RollupMeasure troubled, int count)
    {
        var sums = default(Tally);
        var share = default(Share);
        share.Count(all);
        share.Count(troubled);
        for (var i = 0; i < count; i++)
            sums.Replace(default, in share);
        return sums;
    }
}
