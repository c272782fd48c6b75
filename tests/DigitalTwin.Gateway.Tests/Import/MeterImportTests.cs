using System.Text;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>Meters from CSV.</summary>
public sealed class MeterImportTests : ImportBench
{
    private const string Header = "id,building,medium,device,unit,serial,intervalSeconds,feeder\n";

    [Theory]
    [InlineData(",", "\n")]
    [InlineData(";", "\r\n")]
    public void EitherDelimiterAndLineEndIsRead(string delimiter, string lineEnd)
    {
        var text = $"medium|ID|serial|building{lineEnd}gas|g-1|\"a\"\"b{delimiter}\n c\"|b-west{lineEnd}{lineEnd}cold_water|w-1||b-east"
            .Replace("|", delimiter, StringComparison.Ordinal);
        var city = AssertImported(Import(City, ImportKind.Meters, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)]));
        var meters = city.Twins.Where(twin => twin.ParentId is "b-west" or "b-east").ToList();
        Assert.Equal(["g-1 GasMeter b-west", "w-1 ColdWaterMeter b-east"],
            meters.Select(twin => $"{twin.Id} {twin.ModelId.Split(':', ';')[3]} {twin.ParentId}"));
        Assert.Equal($"a\"b{delimiter}\n c", meters[0].Attributes!["serialNumber"]);
        Assert.Equal(76.85, meters[0].Position.LongitudeDegrees);
    }

    [Theory]
    [InlineData("m,b-nowhere,gas,,,,,", "building", "'b-nowhere' is not a building")]
    [InlineData("m,d-west,gas,,,,,", "building", "'d-west' is not a building")]
    [InlineData("m,,gas,,,,,", "building", "is empty")]
    [InlineData("m,b-west,steam,,,,,", "medium", "'steam' is not electricity")]
    [InlineData("m,b-west,gas,dev ice,,,,", "device", "'dev ice' is not")]
    [InlineData("m,b-west,gas,,kWh,,,", "unit", "'kWh' does not measure gas")]
    [InlineData("m,b-west,gas,,,,0,", "intervalSeconds", "'0' is not a whole number")]
    [InlineData("m,b-west,gas,,,,15m,", "intervalSeconds", "'15m' is not a whole number")]
    [InlineData("m,b-west,gas,,,,,b-west", "feeder", "'b-west' is not a feeder")]
    [InlineData("m,b-west,gas", "row", "has 3 fields, the header 8")]
    [InlineData("m,b-west,gas,,,,,,", "row", "has 9 fields, the header 8")]
    [InlineData("e-1,b-west,gas,,,,,", "id", "'e-1' is also that of line 2")]
    [InlineData("d-west,b-west,gas,,,,,", "id", "'d-west' is taken by a District")]
    [InlineData("m,\"b-west\"x,gas,,,,,", "column 2", "goes on behind its closing quote")]
    [InlineData("m,b-west,ga\"s,,,,,", "column 3", "a quote inside a field")]
    [InlineData("m,b-west,gas,,,\"open,,\n\n", "column 6", "never closed")]
    public void AWrongRowIsNamed(string row, string field, string problem) => AssertRefused(
        Import(City, ImportKind.Meters, $"{Header}e-1,b-east,electricity,,kWh,\"two\nlines\",900,\n{row}\n"),
        4, item: null, field, problem);

    [Theory]
    [InlineData("", "id", "no such column")]
    [InlineData("id,building\n", "medium", "no such column")]
    [InlineData("id,building,medium,ID\n", "column 4", "'ID' is there twice")]
    [InlineData("id,building,medium\n", "row", "holds no meter")]
    public void AWrongHeaderIsNamed(string text, string field, string problem) =>
        AssertRefused(Import(City, ImportKind.Meters, text), 1, item: null, field, problem);

    [Fact]
    public void InvalidUtf8IsNamed() => AssertRefused(
        Import(City, ImportKind.Meters, [.. "id,building,medium\nm-1,b-west,"u8, 0xFF, .. "\n"u8]),
        1, item: null, "row", "is not UTF-8");

    [Fact]
    public void ARowOverTheBoundIsRefused() => AssertRefused(
        Import(City, ImportKind.Meters, $"id,building,medium\nm-1,b-west,\"{new string('x', 70_000)}\"\n"),
        2, item: null, "row", "longer than 65536 characters");

    [Fact]
    public void AnUnusedColumnIsMentioned()
    {
        var outcome = Import(City, ImportKind.Meters, "id,building,medium,flat\nm-1,b-west,gas,12\n");
        AssertImported(outcome);
        Assert.Equal(["column 'flat' is not used"], outcome.Notes);
    }

    [Fact]
    public void TheAddressOnTheAirIsKept()
    {
        var city = AssertImported(Import(City, ImportKind.Meters,
            "id,building,medium,wmbusId\nm-1,b-west,gas,KAM-76348799\nm-2,b-west,gas,\n"));
        Assert.Equal("KAM-76348799", city.Twins.Single(twin => twin.Id == "m-1").Attributes!["wmbusId"]);
        Assert.False(city.Twins.Single(twin => twin.Id == "m-2").Attributes!.ContainsKey("wmbusId"));
    }

    [Theory]
    [InlineData("76348799", "is not an address such as")]
    [InlineData("KAM-76348798", "is also that of line 2")]
    public void AnAddressThatIsNoneOrAnothersIsNamed(string address, string problem) => AssertRefused(
        Import(City, ImportKind.Meters,
            $"id,building,medium,wmbusId\nm-1,b-west,gas,KAM-76348798\nm-2,b-west,gas,{address}\n"),
        3, item: null, "wmbusId", problem);

    [Fact]
    public void AFeederServesItsMeters()
    {
        var withFeeder = City with { Twins = [.. City.Twins, Twin("f-1", "Feeder", "d-west", 76.85, 43.25)] };
        var city = AssertImported(Import(withFeeder, ImportKind.Meters, Header + "m-1,b-west,heat,,,,,f-1\n"));
        Assert.Equal("f-1", city.Twins.Single(twin => twin.Id == "m-1").ServedById);
    }

    [Fact]
    public void AMeterWithoutAnIdKeepsTheOneMadeOfItsContent()
    {
        const string Rows = "id,building,medium,serial,intervalSeconds\n,b-west,gas,17,900\n";
        var first = AssertImported(Import(City, ImportKind.Meters, Rows));
        var second = AssertImported(Import(first, ImportKind.Meters, Rows.Replace("900", "60", StringComparison.Ordinal)));
        Assert.Equal(first.Twins[^1].Id, second.Twins[^1].Id);
        Assert.Equal(TimeSpan.FromMinutes(1), second.Twins[^1].ExpectedInterval);
        Assert.Equal(1, second.Twins.Count(twin => ModelCatalog.BuiltIn[twin.ModelId].Kind == TwinKind.UtilityMeter));
    }
}
