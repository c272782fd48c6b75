using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Mqtt.City;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>The examples of MQTT 5.0 §4.7, and the city's own topics against them.</summary>
public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "sport/x", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("+/tennis/#", "sport/tennis", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("ACCOUNTS", "Accounts", false)]
    [InlineData("a", "a/", false)]
    public void AFilterMatchesAsTheSpecificationSays(string filter, string topic, bool matches) =>
        Assert.Equal(matches, TopicFilter.Matches(filter, topic));

    [Theory]
    [InlineData("#", true)]
    [InlineData("+", true)]
    [InlineData("sport/tennis/#", true)]
    [InlineData("+/tennis/#", true)]
    [InlineData("/", true)]
    [InlineData("sport/tennis#", false)]
    [InlineData("sport/tennis/#/ranking", false)]
    [InlineData("sport+", false)]
    [InlineData("sport/+player", false)]
    [InlineData("", false)]
    [InlineData("a\0b", false)]
    public void WildcardsStandWhereTheyMay(string filter, bool isValid) =>
        Assert.Equal(isValid, TopicFilter.IsValid(filter));

    /// <summary>Every filter of up to six levels out of what can matter, against the plain matching of texts.</summary>
    [Fact]
    public void MatchingByNumberIsMatchingByText()
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
        var topics = graph.All().ToDictionary(twin => twin.Ordinal, twin => CityFilter.TopicOf(graph, twin));
        string[][] choices =
        [
            ["city", "town"], ["+", "#", "d-almaly", "none", "d-x"], ["+", "#", "streetlight", "airQualitySensor", "no"],
            ["+", "#", "l-001", "air-1", "x"], ["+", "#", "alarms", "y"], ["+", "#", "alarms"],
        ];
        var seen = 0;
        Try([]);
        Assert.True(seen > 500, $"only {seen} filters");

        void Try(string[] levels)
        {
            if (levels.Length > 0)
                Check(string.Join('/', levels));
            if (levels.Length < choices.Length && (levels.Length == 0 || levels[^1] != "#"))
            {
                foreach (var level in choices[levels.Length])
                    Try([.. levels, level]);
            }
        }

        void Check(string filter)
        {
            seen++;
            var isKnown = CityFilter.TryParse(filter, graph, out var parsed);
            var twins = isKnown ? parsed.Twins(graph).ToHashSet() : [];
            foreach (var (twin, topic) in topics)
            {
                Assert.True(
                    TopicFilter.Matches(filter, topic) == (twins.Contains(twin) && parsed.WantsStates), $"{filter} on {topic}");
                Assert.True(
                    TopicFilter.Matches(filter, topic + "/alarms") == (twins.Contains(twin) && parsed.WantsAlarms),
                    $"{filter} on the alarms of {topic}");
            }
        }
    }
}
