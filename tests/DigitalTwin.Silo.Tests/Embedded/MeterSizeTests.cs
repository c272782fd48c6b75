using System.Runtime.CompilerServices;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>A million meters are to fit on one machine: what one takes in the arrays of its partition.</summary>
public sealed class MeterSizeTests
{
    private const int BytesMax = 800;

    public static TheoryData<string> Meters =>
        [.. ModelCatalog.BuiltIn.Models.Where(model => model.Kind == TwinKind.UtilityMeter).Select(model => model.Id)];

    [Theory, MemberData(nameof(Meters))]
    public void AMetersStateIsAtMostEightHundredBytes(string modelId)
    {
        var model = ModelCatalog.BuiltIn[modelId];
        var timers = AlarmRuleBook.BuiltIn.Rules.Count(rule => rule.ModelIds.Any(model.IsA));

        var bytes = TwinBytes.Of<MeterState>(model, timers);

        Assert.True(bytes <= BytesMax, $"{modelId}: {bytes} bytes with {model.SlotCount} slots and {timers} alarms");
        // Whatever the sum, no part of it may hold an object of its own.
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<TwinEntry>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<MeterState>());
    }

    [Fact]
    public void AnEntryIsOneCacheLineAndALatestValueTwentyBytes()
    {
        Assert.Equal(64, Unsafe.SizeOf<TwinEntry>());
        Assert.Equal(40, Unsafe.SizeOf<TwinState>());
        Assert.Equal(20, Unsafe.SizeOf<LatestValue>());
        Assert.Equal(4, Unsafe.SizeOf<AlarmTimer>());
    }
}
