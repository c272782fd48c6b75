using DigitalTwin.Gateway.Security;
using DigitalTwin.Host;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>The examples of docs/import.md, run by the command as a reader would.</summary>
public sealed class DocumentedExamplesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private string Data => Path.Combine(_folder, "data");

    [Fact]
    public void TheExamplesMakeACity()
    {
        RunExample("districts", "districts");
        RunExample("buildings", "buildings");
        RunExample("meters", "meters");
        RunExample("streets", "streets");

        var city = CityFile.Read(Path.Combine(Data, CityFile.Name));
        Assert.Equal("imported", city.Origin);
        Assert.Equal(
            ["cab-1 d-almaly", "city ", "d-almaly city", "e-101 way-101", "h-102 way-102", "l-1 cab-1", "l-2 cab-1",
             "w-101 way-101", "way-101 d-almaly", "way-102 d-almaly"],
            city.Twins.Select(twin => $"{twin.Id} {twin.ParentId}").Order(StringComparer.Ordinal));
        var building = city.Twins.Single(twin => twin.Id == "way-101");
        Assert.Equal("улица Панфилова, 85", building.Attributes!["address"]);
        Assert.Equal(("9", "27", "floors"),
            (building.Attributes["floors"], building.Attributes["heightMetres"], building.Attributes["heightSource"]));
        var school = city.Twins.Single(twin => twin.Id == "way-102").Attributes!;
        Assert.Equal(("school", "12.5", "№ 12 қазақ мектебі"),
            (school["buildingClass"], school["heightMetres"], school["name.kk"]));
        var meter = city.Twins.Single(twin => twin.Id == "e-101");
        Assert.Equal(("gw-101", "AB-10;0017", "kWh", TimeSpan.FromMinutes(15)),
            (meter.DeviceId, meter.Attributes!["serialNumber"], meter.Attributes["registerUnit"], meter.ExpectedInterval));
        Assert.Equal("avenue", city.Ground.Single().Class);
        Assert.Equal(["cab-1", "gw-101", "h-102", "l-1", "l-2"],
            DeviceRegistry.Open(Data).List().Select(device => device.Id));
        Assert.Contains("Next: ./run\n", _output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("buildings")] // told apart by its content
    [InlineData("cityjson")]
    public void TheCityJsonExampleMakesABuilding(string kind)
    {
        RunExample("districts", "districts");
        RunExample(kind, "cityjson");
        var tower = CityFile.Read(Path.Combine(Data, CityFile.Name)).Twins.Single(twin => twin.Id == "tower-1");
        Assert.Equal("d-almaly", tower.ParentId);
        Assert.Equal(("18", "5", "office"), (tower.Attributes!["heightMetres"], tower.Attributes["floors"],
            tower.Attributes["buildingClass"]));
        Assert.Equal(20, tower.Outline![0].DistanceMetresTo(tower.Outline[1]), tolerance: 0.1);
        Assert.Equal(30, tower.Outline[1].DistanceMetresTo(tower.Outline[2]), tolerance: 0.1);
    }

    [Fact]
    public void TheFormatsOfDistrictsAndTheirSummaryAreCounted()
    {
        RunExample("districts", "districts");
        Assert.Contains("imported 1 district.", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Next: ./run import buildings FILE", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheCityFileExampleIsACity()
    {
        var city = CityFile.Read(Example("city"));
        Assert.Equal((3, 1), (CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins).Count, city.Ground.Count));
        Assert.Equal(("f-1", "gw-7", TimeSpan.FromMinutes(5)),
            (city.Twins[2].ServedById, city.Twins[2].DeviceId, city.Twins[2].ExpectedInterval));
    }

    [Fact]
    public void ARunningCityIsNotImportedInto()
    {
        using (DataFolderLock.TryTake(Data))
        {
            Assert.Null(DataFolderLock.TryTake(Data));
            Assert.Equal(1, Run("districts", Example("districts")));
            Assert.Contains("is running", _errors.ToString(), StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(Data, CityFile.Name)));
        }

        RunExample("districts", "districts");
    }

    [Fact]
    public void ABrokenFileIsListedAndLeavesTheCity()
    {
        RunExample("districts", "districts");
        var before = File.ReadAllBytes(Path.Combine(Data, CityFile.Name));
        var broken = Path.Combine(_folder, "broken.geojson");
        var text = File.ReadAllText(Example("buildings"));
        File.WriteAllText(broken, text.Replace("\"9\"", "\"nine\"", StringComparison.Ordinal));
        Assert.Equal(1, Run("buildings", broken));
        Assert.Contains("line 3, features[0], properties.building:levels: 'nine' is not a number",
            _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Data, CityFile.Name)));
    }

    [Theory]
    [InlineData("districts")]
    [InlineData("parks", "file")]
    [InlineData("districts", "file", "--date", "x")]
    [InlineData("districts", "file", "--data")]
    public void WrongUseExplainsTheRightOne(params string[] arguments)
    {
        Assert.Equal(2, ImportCommand.Run(arguments, _output, _errors));
        Assert.Contains("Usage: import KIND FILE", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNotThereIsNamed()
    {
        Assert.Equal(1, Run("districts", Path.Combine(_folder, "absent.geojson")));
        Assert.Contains("absent.geojson", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ACityFileThatIsBrokenIsNamed()
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, CityFile.Name), "{}");
        Assert.Equal(1, Run("districts", Example("districts")));
        Assert.Contains("line 1, format", _errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _output.Dispose();
        _errors.Dispose();
    }

    private void RunExample(string kind, string example)
    {
        var code = Run(kind, Example(example));
        Assert.True(code == 0, _errors.ToString());
    }

    private int Run(string kind, string file) => ImportCommand.Run([kind, file, "--data", Data], _output, _errors);

    // A fenced block whose info string ends in the example's name.
    private string Example(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Checkout.Root, "docs", "import.md"));
        var begin = Array.FindIndex(lines, line => line.StartsWith("```", StringComparison.Ordinal)
            && line.EndsWith($" {name}", StringComparison.Ordinal));
        Assert.True(begin >= 0, $"docs/import.md has no example '{name}'");
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines.Skip(begin + 1).TakeWhile(line => line != "```"));
        return path;
    }
}
