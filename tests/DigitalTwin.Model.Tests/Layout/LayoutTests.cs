using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DigitalTwin.Model.Tests.Layout;

/// <summary>The rules of the layout that a compiler does not enforce.</summary>
public sealed partial class LayoutTests
{
    private const int FileLinesMax = 400;

    private static readonly string s_root = Checkout.Root;

    [Theory]
    [InlineData("twin-model/DigitalTwin.Model", "")]
    [InlineData("silo/DigitalTwin.Silo", "DigitalTwin.Model")]
    [InlineData("silo/DigitalTwin.Silo.Orleans", "DigitalTwin.Silo")]
    [InlineData("gateway/DigitalTwin.Gateway", "DigitalTwin.Model")]
    [InlineData("simulator/DigitalTwin.Simulator", "DigitalTwin.Model")]
    [InlineData("gateway/DigitalTwin.Gateway.Azure", "DigitalTwin.Gateway")]
    [InlineData("gateway/DigitalTwin.Host",
        "DigitalTwin.Gateway DigitalTwin.Gateway.Azure DigitalTwin.Silo DigitalTwin.Silo.Orleans")]
    public void DependenciesPointInward(string project, string references) =>
        Assert.Equal(references.Split(' ', StringSplitOptions.RemoveEmptyEntries), References(project, "ProjectReference")
            .Select(path => Path.GetFileNameWithoutExtension(path)).Order());

    [Fact]
    public void TheModelReferencesNoPackage() =>
        Assert.Empty(References("twin-model/DigitalTwin.Model", "PackageReference"));

    // A registry need not have the packages of the Azure build, and nothing outside its leaf knows of Orleans.
    [Fact]
    public void OrleansStaysInItsLeafAndIsOnlyReferencedByTheAzureBuild()
    {
        var leaf = Path.Combine(s_root, "silo", "DigitalTwin.Silo.Orleans");
        Assert.All(Sources("twin-model", "silo", "gateway", "simulator")
            .Where(file => !file.StartsWith(leaf, StringComparison.Ordinal)), file =>
            Assert.DoesNotContain("using Orleans", File.ReadAllText(file), StringComparison.Ordinal));
        string[] folders = ["twin-model", "silo", "gateway", "simulator", "bench", "tests"];
        foreach (var project in folders.SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(s_root, folder), "*.csproj", SearchOption.AllDirectories)))
            foreach (var package in XDocument.Load(project).Descendants("PackageReference")
                .Where(package => package.Attribute("Include")!.Value.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal)))
                Assert.Equal("'$(Azure)' == 'true'", package.Parent!.Attribute("Condition")?.Value);
    }

    // The same for Azure, whose SDKs only the gateway's leaf knows; the silo's leaf knows its identity and its tables.
    [Fact]
    public void AzureStaysInTheLeavesAndIsOnlyReferencedByTheAzureBuild()
    {
        string[] names = ["Azure.Messaging", "Azure.Storage", "Microsoft.Azure", "StackExchange.Redis"];
        var leaves = new[] { Path.Combine("gateway", "DigitalTwin.Gateway.Azure"), Path.Combine("silo", "DigitalTwin.Silo.Orleans") }
            .Select(leaf => Path.Combine(s_root, leaf)).ToArray();
        Assert.All(Sources("twin-model", "silo", "gateway", "simulator")
            .Where(file => !leaves.Any(leaf => file.StartsWith(leaf, StringComparison.Ordinal))), file =>
            Assert.DoesNotContain(names, name => File.ReadAllText(file).Contains($"using {name}", StringComparison.Ordinal)));
        var leafProject = Path.Combine(leaves[0], "DigitalTwin.Gateway.Azure.csproj");
        Assert.All(XDocument.Load(leafProject).Descendants("PackageReference"), package =>
            Assert.Equal("'$(Azure)' == 'true'", package.Parent!.Attribute("Condition")?.Value));
    }

    // Time and randomness come from outside; the network, the disk and the console are the shell's.
    [Fact]
    public void TheModelIsPure()
    {
        foreach (var file in Sources("twin-model"))
            Assert.False(ImpureCall().IsMatch(File.ReadAllText(file)), $"{file} reaches outside");
    }

    [Fact]
    public void NoSourceFileIsLongerThanAReaderCanHold()
    {
        var tooLong = Sources("twin-model", "silo", "gateway", "simulator", "bench", "tests")
            .Concat(Directory.EnumerateFiles(Path.Combine(s_root, "web", "src"), "*.ts", SearchOption.AllDirectories))
            .Where(file => File.ReadLines(file).Count() > FileLinesMax);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void NamesComeFromTheField()
    {
        var vague = Sources("twin-model", "silo", "gateway", "simulator")
            .Where(file => VagueName().IsMatch(Path.GetFileNameWithoutExtension(file)));
        Assert.Empty(vague);
    }

    // The runner disposes a class of tests, and asks it asynchronously only by IAsyncLifetime: what such a class would
    // close and check at its end would never run.
    [Fact]
    public void TestsThatEndAsynchronouslySayItAsTheRunnerAsksThem()
    {
        var unheard = Sources("tests").Where(file => UnheardEnd().IsMatch(File.ReadAllText(file)));
        Assert.Empty(unheard);
        Assert.Matches(UnheardEnd(), string.Concat("class City", "Tests : IAsyncDisposable"));
    }

    [GeneratedRegex(@"class \w+Tests\b[^{]*\bIAsyncDisposable\b")]
    private static partial Regex UnheardEnd();

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|TimeProvider|Random\.Shared|new Random\(\)|Console\.|File\.|HttpClient|Task\.Run|Thread\.")]
    private static partial Regex ImpureCall();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Base|Impl)$")]
    private static partial Regex VagueName();

    private static IEnumerable<string> References(string project, string element) =>
        XDocument.Load(Directory.EnumerateFiles(Path.Combine(s_root, project), "*.csproj").Single())
            .Descendants(element).Select(reference => reference.Attribute("Include")!.Value);

    private static IEnumerable<string> Sources(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(s_root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
}
