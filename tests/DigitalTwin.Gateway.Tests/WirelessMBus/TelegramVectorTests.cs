using DigitalTwin.Gateway.WirelessMBus;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>Every telegram of <c>telegrams.json</c> against what its source says that the meter showed.</summary>
public sealed class TelegramVectorTests
{
    public static TheoryData<string> Names => TelegramVector.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void ItsValuesAreThoseOfTheSource(string name)
    {
        var vector = TelegramVector.Of(name);
        using var stand = TelegramStand.For(vector);
        foreach (var telegram in vector.Telegrams.Take(vector.Telegrams.Count - 1))
            Assert.Equal(TelegramFault.None, stand.Take(Convert.FromHexString(telegram)).Fault);
        stand.Batch.TruncateTo(0);

        var outcome = stand.Take(vector.Last);

        Assert.Equal(TelegramFault.None, outcome.Fault);
        Assert.Equal(vector.Meter, outcome.Meter.ToString());
        var values = stand.Values();
        Assert.Equal(vector.Values.Keys.Order(StringComparer.Ordinal), values.Keys.Order(StringComparer.Ordinal));
        foreach (var (property, number) in vector.Numbers)
            Assert.Equal(number, values[property], tolerance: Math.Max(1e-9, Math.Abs(number) * 1e-8));
    }

    [Fact]
    public void ThereAreEnoughOfThemAndOfEveryMedium()
    {
        Assert.True(TelegramVector.All.Count >= 20);
        var types = TelegramVector.All.Select(vector => vector.Meter[..3] + vector.Meter[^5..]).Distinct();
        Assert.True(types.Count() >= 8);
        Assert.Equal(
            ["ColdWaterMeter", "ElectricityMeter", "GasMeter", "HeatMeter", "HotWaterMeter"],
            TelegramVector.All.Select(vector => vector.Model).Distinct().Order(StringComparer.Ordinal));
        Assert.All(TelegramVector.All, vector => Assert.NotEmpty(vector.Source));
    }
}
