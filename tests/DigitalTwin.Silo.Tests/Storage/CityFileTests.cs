using System.Text;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Silo.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Silo.Tests.Storage;

/// <summary>A city survives its file unchanged, and a broken file says where it is broken.</summary>
public sealed class CityFileTests : IDisposable
{
    private const string Header = """{"format":"city","version":1,"name":"Almaty","origin":"imported"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("city-file").FullName;

    private string Path => System.IO.Path.Combine(_folder, CityFile.Name);

    [Fact]
    public void EveryCityComesBackAsItWasWritten() => Check.QuickThrowOnFailure(Prop.ForAll(
        RandomCity.Arbitrary(), city =>
        {
            CityFile.Write(Path, city);
            RandomCity.AssertSame(city, CityFile.Read(Path));
        }));

    // The reader's first buffer holds 256 KiB: lines that end at, before and behind its end.
    [Theory]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(3_000_000)]
    public void ALineMayBeLongerThanTheBuffer(int valueCharacters)
    {
        var city = new CityDefinition("Almaty", "imported",
            [
                Twin("first", new string('a', valueCharacters)),
                Twin("second", "b"),
            ], []);
        CityFile.Write(Path, city);
        RandomCity.AssertSame(city, CityFile.Read(Path));
    }

    [Fact]
    public void TwoHundredThousandTwinsComeBack()
    {
        var twins = Enumerable.Range(0, 200_000).Select(i => Twin($"m-{i:D6}", $"address {i}") with
        {
            ParentId = i == 0 ? null : $"m-{i / 10:D6}",
            DeviceId = $"concentrator-{i / 50}",
        }).ToList();
        CityFile.Write(Path, new CityDefinition("Almaty", "imported", twins, []));
        var read = CityFile.Read(Path);
        Assert.Equal(200_000, read.Twins.Count);
        Assert.Equal("m-019999", read.Twins[^1].ParentId);
        Assert.Same(read.Twins[19_999].Id, read.Twins[^1].ParentId);
        Assert.Same(read.Twins[^2].DeviceId, read.Twins[^1].DeviceId);
    }

    [Fact]
    public void AFailedWriteLeavesTheOldCity()
    {
        CityFile.Write(Path, new CityDefinition("old", "imported", [Twin("a", "b")], []));
        var unwritable = new CityDefinition("new", "imported",
            [Twin("a", "b") with { Position = new GeoPoint(double.NaN, 0) }], []);
        Assert.ThrowsAny<ArgumentException>(() => CityFile.Write(Path, unwritable));
        Assert.Equal("old", CityFile.Read(Path).Name);
        Assert.Equal([Path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void WindowsLineEndsByteOrderMarkAndEmptyLastLinesAreTaken()
    {
        File.WriteAllText(Path, $"{Header}\r\n{{\"ground\":\"river\",\"points\":[76.9,43.2,77,43.3]}}\r\n\r\n",
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(2, CityFile.Read(Path).Ground.Single().Points.Count);
    }

    [Theory]
    [InlineData("", 1, "line")]
    [InlineData("city", 1, "line")]
    [InlineData("""{"format":"map","version":1,"name":"A","origin":"imported"}""", 1, "format")]
    [InlineData("""{"format":"city","version":2,"name":"A","origin":"imported"}""", 1, "version")]
    [InlineData("""{"format":"city","version":1,"origin":"imported"}""", 1, "name")]
    [InlineData("""{"format":"city","version":1,"name":"A"}""", 1, "origin")]
    [InlineData("""{"format":"city","version":1,"name":"A","origin":"imported","colour":1}""", 1, "colour")]
    [InlineData("""{"format":"city","version":1,"name":"A","origin":"imported","twins":1}""", 1, "twins")]
    [InlineData("""{"format":"city","version":1,"name":"A","origin":"imported","ground":1}""", 1, "ground")]
    public void ABrokenHeaderNamesItsField(string text, int line, string field) => AssertBroken(text, line, field);

    [Theory]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2]""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2]} {}""", "position")]
    [InlineData("""{"model":"m","position":[76.9,43.2]}""", "twin")]
    [InlineData("""{"twin":"a b","model":"m","position":[76.9,43.2]}""", "twin")]
    [InlineData("""{"twin":"root","model":"m","position":[76.9,43.2]}""", "twin")]
    [InlineData("""{"twin":7,"model":"m","position":[76.9,43.2]}""", "twin")]
    [InlineData("""{"twin":"a","position":[76.9,43.2]}""", "model")]
    [InlineData("""{"twin":"a","model":"m"}""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,93.2]}""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9]}""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2,77,43]}""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":["76.9",43.2]}""", "position")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"parent":"later"}""", "parent")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"servedBy":"later"}""", "servedBy")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"intervalSeconds":0}""", "intervalSeconds")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"attributes":{"floors":9}}""", "attributes.floors")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"attributes":{"x":"","x":""}}""", "attributes.x")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"outline":{}}""", "outline")]
    [InlineData("""{"twin":"a","model":"m","position":[76.9,43.2],"colour":1}""", "colour")]
    [InlineData("""{"ground":"river"}""", "points")]
    [InlineData("""{"ground":"river","points":[76.9,43.2],"name":{"de":"Fluss"}}""", "de")]
    public void ABrokenLineNamesItselfAndItsField(string line, string field) =>
        AssertBroken($"{Header}\n{{\"twin\":\"root\",\"model\":\"m\",\"position\":[76.9,43.2]}}\n{line}\n", 3, field);

    [Fact]
    public void InvalidUtf8IsNamed()
    {
        File.WriteAllBytes(Path, [.. Encoding.UTF8.GetBytes(Header + "\n{\"twin\":\""), 0xFF, .. "\"}"u8]);
        var broken = Assert.Throws<CityFileException>(() => CityFile.Read(Path));
        Assert.Equal((2, "twin", "is not valid UTF-8"), (broken.Line, broken.Field, broken.Problem));
    }

    [Fact]
    public void ALineOverTheBoundIsRefused() =>
        AssertBroken($"{Header}\n{{\"ground\":\"{new string('x', CityFile.LineBytesMax)}\"}}", 2, "line");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TwinDefinition Twin(string id, string address) => new()
    {
        Id = id,
        ModelId = "dtmi:kz:almaty:Building;1",
        Position = new GeoPoint(76.9, 43.2),
        Attributes = new Dictionary<string, string> { ["address"] = address },
    };

    private void AssertBroken(string text, int line, string field)
    {
        File.WriteAllText(Path, text);
        var broken = Assert.Throws<CityFileException>(() => CityFile.Read(Path));
        Assert.Equal((line, field), (broken.Line, broken.Field));
        Assert.Contains($"line {line}, {field}: ", broken.Message, StringComparison.Ordinal);
    }
}
