using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>Records by EN 13757-3: units, codings, modifiers, times; and the data of the drivers.</summary>
public sealed class DataRecordTests
{
    // Raw number 12,345 under each VIF, in the schema's unit by the standard's own formula.
    [Theory]
    [InlineData("0403", 12_345e0)] // Wh
    [InlineData("0406", 12_345e3)] // kWh
    [InlineData("040E", 12_345e6 / 3_600)] // MJ
    [InlineData("04FB01", 12_345e6)] // MWh
    [InlineData("04FB09", 12_345e9 / 3_600)] // GJ
    [InlineData("04FB0D", 12_345 * 1_163.0)] // Mcal
    [InlineData("0413", 12_345e0)] // dm³
    [InlineData("0416", 12_345e3)] // m³
    [InlineData("04FB10", 12_345e5)] // 100 m³
    [InlineData("042B", 12_345e0)] // W
    [InlineData("0433", 12_345e3 / 3_600)] // kJ/h
    [InlineData("043B", 12_345e0)] // dm³/h
    [InlineData("0444", 12_345 * 60.0)] // dm³/min
    [InlineData("044E", 12_345e-3 * 3_600 * 1e3)] // 10⁻³ m³/s
    [InlineData("0459", 123.45)] // 0.01 °C
    [InlineData("046A", 123_450)] // 0.1 bar in kPa
    [InlineData("04FD49", 12_345e0)] // V
    [InlineData("04FD59", 12.345)] // mA
    [InlineData("04FB2E", 1_234.5)] // 0.1 Hz
    [InlineData("0493FF73", 0)] // the maker's own: no number of ours
    [InlineData("049377", 123_450)] // times ten
    [InlineData("04937D", 12_345_000)] // times a thousand
    public void ANumberIsInTheUnitOfTheSchema(string header, double expected)
    {
        var reader = new DataRecordReader(Convert.FromHexString(header + "39300000"));
        Assert.Equal(RecordStatus.Record, reader.Read(out var record));
        if (expected == 0)
        {
            Assert.True((record.Modifiers & ValueModifiers.Otherwise) != 0);
            return;
        }

        Assert.True(record.TryGetNumber(out var number));
        Assert.Equal(expected, number, tolerance: Math.Abs(expected) * 1e-12);
    }

    [Theory]
    [InlineData("0113FF", -1)]
    [InlineData("021300FF", -256)]
    [InlineData("0313FFFFFF", -1)]
    [InlineData("0613010000000000", 1)]
    [InlineData("0713FFFFFFFFFFFFFFFF", -1)]
    [InlineData("091342", 42)]
    [InlineData("0B13563412", 123_456)]
    [InlineData("0C13010000F0", -1)]
    [InlineData("0E13214365870900", 987_654_321)]
    [InlineData("05130000C03F", 1.5)]
    [InlineData("0D13C2 3412", 1_234)]
    [InlineData("0D13D2 3412", -1_234)]
    [InlineData("0D13E2 0100", 1)]
    public void EveryCodingIsRead(string text, double litres)
    {
        var reader = new DataRecordReader(Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(RecordStatus.Record, reader.Read(out var record));
        Assert.True(record.TryGetNumber(out var number));
        Assert.Equal(litres, number);
        Assert.Equal(RecordStatus.End, reader.Read(out _));
    }

    [Theory]
    [InlineData("041300000080")] // the lowest integer
    [InlineData("0C13FFFFFFFF")] // no digits
    [InlineData("0C130000A000")]
    [InlineData("05130000C07F")] // not a number
    [InlineData("0D1303313233")] // a text
    public void WhatTheMeterMarksAsNotValidIsNoNumber(string text)
    {
        var reader = new DataRecordReader(Convert.FromHexString(text));
        Assert.Equal(RecordStatus.Record, reader.Read(out var record));
        Assert.False(record.TryGetNumber(out _));
    }

    [Fact]
    public void StorageTariffSubunitAndFunctionAreSpreadOverTheExtensions()
    {
        // DIF: storage bit 0 = 1, maximum; DIFE 1: subunit 1, tariff 2, storage 3; DIFE 2: tariff 1 above it, storage 1.
        var reader = new DataRecordReader(Convert.FromHexString("D4E311130A000000"));
        Assert.Equal(RecordStatus.Record, reader.Read(out var record));
        Assert.Equal(RecordFunction.Maximum, record.Function);
        Assert.Equal(1UL | 3UL << 1 | 1UL << 5, record.Storage);
        Assert.Equal(2U | 1U << 2, record.Tariff);
        Assert.Equal(1U, record.Subunit);
        Assert.False(record.IsCurrent);
    }

    [Theory]
    [InlineData("04")] // no VIF
    [InlineData("0413010203")] // data cut
    [InlineData("8480808080808080808080801300000000")] // more than ten DIFEs
    [InlineData("04FFFFFFFFFFFFFFFFFFFFFFFF7F00000000")] // more than ten VIFEs
    [InlineData("3F")] // reserved DIF
    [InlineData("0D13FB")] // reserved length
    [InlineData("047C0561")] // text of a unit cut
    public void ABrokenRecordIsSaidToBeBroken(string text) =>
        Assert.Equal(RecordStatus.Malformed, new DataRecordReader(Convert.FromHexString(text)).Read(out _));

    [Theory]
    [InlineData("046D2C2DDC24", "2022-04-28 13:44:00")] // the SensoStar of the sources
    [InlineData("066D0E1015C82A00", "2022-10-08 21:16:14")] // the Itron of the sources, with seconds
    [InlineData("026CBF2C", "2021-12-31 00:00:00")]
    public void ATimeIsTheMetersLocalTime(string text, string expected)
    {
        var reader = new DataRecordReader(Convert.FromHexString(text));
        Assert.Equal(RecordStatus.Record, reader.Read(out var record));
        Assert.True(DataValue.TryReadTime(record, out var local, out _));
        Assert.Equal(expected, local.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));
    }

    // The waterstarm telegram says 2022-04-02 08:15 of its own clock; Almaty was six hours ahead of UTC then.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, 0)] // the clock is behind, and plausible
    [InlineData(-9, 0)] // ahead, and plausible
    [InlineData(90, 90)] // a clock an hour and a half behind is not believed
    [InlineData(-30, -30)]
    public void TheMetersOwnClockIsTakenWhereItIsPlausible(int heardMinutesAfter, int measuredMinutesAfter)
    {
        const string Lorenz = "2E44FA129999551100077A070020252F2F046D0F28C22404139540000002FD17000001FD481D2F2F2F2F2F2F2F2F2F";
        using var stand = new TelegramStand(TelegramStand.Meter("m-1", "ColdWaterMeter", "DWZ-11559999"));
        var own = Instant.Utc(2022, 4, 2).Plus(TimeSpan.FromMinutes(2 * 60 + 15));

        var outcome = stand.Take(
            Convert.FromHexString(Lorenz), receivedAt: own.Plus(TimeSpan.FromMinutes(heardMinutesAfter)));

        Assert.Equal(TelegramFault.None, outcome.Fault);
        Assert.Equal(own.Plus(TimeSpan.FromMinutes(measuredMinutesAfter)), stand.Batch.Readings[0].MeasuredAt);
    }

    [Fact]
    public void EveryDriverNamesPropertiesOfAModelAndASource()
    {
        var properties = ModelCatalog.BuiltIn.Models.SelectMany(model => model.Slots).Select(property => property.Name)
            .ToHashSet(StringComparer.Ordinal);
        Assert.True(MeterDrivers.BuiltIn.Length >= 8);
        Assert.All(MeterDrivers.BuiltIn, driver =>
        {
            Assert.NotEmpty(driver.Source);
            Assert.All(driver.Flags.Concat(driver.Status), flag => Assert.Contains(flag.Property, properties));
            Assert.All(driver.Flags, flag => Assert.Equal(
                RecordStatus.Record, new DataRecordReader(flag.Header).ReadFormat(out _)));
            Assert.All(driver.Records, record => Assert.Contains(record.Property, properties));
        });
    }

    [Theory]
    [InlineData("KAM-76348799", true)]
    [InlineData("KAM-76348799-1B-16", true)]
    [InlineData("KAM-7634879", false)]
    [InlineData("KA1-76348799", false)]
    [InlineData("KAM-76348799-1B", false)]
    [InlineData("KAM 76348799", false)]
    public void AnAddressIsReadAsItIsWritten(string text, bool isOne)
    {
        Assert.Equal(isOne, MeterAddress.TryParse(text, out var address));
        if (isOne)
            Assert.Equal(text, address.ToString());
    }
}
