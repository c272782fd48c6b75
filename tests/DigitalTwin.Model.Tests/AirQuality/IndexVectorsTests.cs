using System.Reflection;
using System.Text.Json;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>
/// Every row of every index and norm has a vector in the tests beside: a row that is added needs one too.
/// </summary>
public sealed class IndexVectorsTests
{
    [Fact]
    public void EveryBreakpointOfTheUsAqiHasAVector() => Assert.Equal(
        Norm("us-aqi-2024").GetProperty("tables").EnumerateArray().Select(table => string.Join(' ',
            [
                Text(table, "pollutant"), Text(table, "averaging"),
                .. table.GetProperty("breakpoints").EnumerateArray().Select(row =>
                    $"{row.GetProperty("concentrationHigh").GetDouble()}:{row.GetProperty("indexHigh").GetInt32()}"),
            ])).Order(),
        UsAqiTests.Tables.Select(row => string.Join(' ',
            [$"{row[0]}", $"{row[1]}", .. ((double[])row[4]).Zip((int[])row[5], (high, index) => $"{high}:{index}")]))
                .Order());

    [Fact]
    public void EveryBoundOfTheEuropeanAqiHasAVector() => Assert.Equal(
        Norm("european-aqi").GetProperty("upperBounds").EnumerateObject().Select(entry =>
            $"{entry.Name} {Numbers(entry.Value)}").Order(),
        Vectors<EuropeanAndWhoTests>(nameof(EuropeanAndWhoTests.ALevelHoldsUpToItsBound))
            .Select(row => $"{((Pollutant)row[0]!).TelemetryName()} {row[1]}").Order());

    [Fact]
    public void EveryTargetOfTheWhoHasAVector() => Assert.Equal(
        Norm("who-2021").GetProperty("guidelines").EnumerateArray().Select(entry =>
            $"{Text(entry, "pollutant")} {Text(entry, "averaging")} {entry.GetProperty("guideline").GetDouble()} "
                + Numbers(entry.GetProperty("interimTargets"))).Order(),
        Vectors<EuropeanAndWhoTests>(nameof(EuropeanAndWhoTests.ATargetIsMetUpToItsLevel))
            .Select(row => $"{row[0]} {row[1]} {Convert.ToDouble(row[2])} {row[3]}").Order());

    [Fact]
    public void EveryHygieneNormAndGroupHasAVector()
    {
        var norm = Norm("kz-hygiene");
        Assert.Equal(
            norm.GetProperty("pollutants").EnumerateArray().Select(entry => Text(entry, "pollutant")).Order(),
            Vectors<KazakhstanNormsTests>(nameof(KazakhstanNormsTests.ANormIsExactlyAsPublished))
                .Select(row => $"{row[0]}").Order());
        Assert.Equal(
            norm.GetProperty("summation").GetProperty("groups").EnumerateArray()
                .Select(group => group.GetProperty("id").GetInt32()),
            Vectors<KazakhstanNormsTests>(nameof(KazakhstanNormsTests.AGroupAddsTheMultiplesOfItsMembers))
                .Select(row => (int)row[0]!));
        // The shares of two, three and four components, at which summation ends, each on both sides.
        var shares = norm.GetProperty("summation").GetProperty("exception").GetProperty("sharePercentMax")
            .EnumerateObject()
            .SelectMany(share => new[] { true, false }, (share, side) => (share.Name, share.Value.GetDouble(), side));
        var tried = Vectors<KazakhstanNormsTests>(
                nameof(KazakhstanNormsTests.OneDominantComponentEndsSummationInAMixWithNo2OrH2s))
            .Select(row => (Parts: ((string)row[1]!).Split(' '), IsApplied: (bool)row[2]!))
            .Select(row => ($"{row.Parts.Length}", Math.Floor(100 * row.Parts.Max(Number)), row.IsApplied));
        Assert.Empty(shares.Except(tried));
    }

    private static JsonElement Norm(string name) =>
        JsonDocument.Parse(ModelCatalog.EmbeddedDocument($"norms/{name}.json")).RootElement;

    private static IEnumerable<object?[]> Vectors<T>(string test) => typeof(T).GetMethod(test)!
        .GetCustomAttributes<InlineDataAttribute>().SelectMany(attribute => attribute.GetData(null!));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Numbers(JsonElement array) =>
        string.Join(' ', array.EnumerateArray().Select(value => value.GetDouble()));

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
