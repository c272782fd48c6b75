using System.Globalization;
using System.Text.RegularExpressions;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>That docs/mqtt-conformance.md names every statement of both standards, and only tests that exist.</summary>
public sealed partial class MqttConformanceTests
{
    // Section, first and last number; 3.1.1 has one number of its own form, 3-8.3-4.
    private const string Of311 =
        "1.5.3:1-3 2.2.2:1-2 2.3.1:1-7 3.1.0:1-2 3.1.2:1-24 3.1.3:1-11 3.1.4:1-5 3.2.0:1-1 3.2.2:1-6 3.3.1:1-12 "
        + "3.3.2:1-3 3.3.4:1-1 3.3.5:1-2 3.6.1:1-1 3.8.1:1-1 3.8.3:1-3 3-8.3:4-4 3.8.4:1-6 3.9.3:1-2 3.10.1:1-1 "
        + "3.10.3:1-2 3.10.4:1-6 3.12.4:1-1 3.14.1:1-1 3.14.4:1-3 4.1.0:1-2 4.3.1:1-1 4.3.2:1-2 4.3.3:1-2 4.4.0:1-1 "
        + "4.5.0:1-2 4.6.0:1-6 4.7.1:1-3 4.7.2:1-1 4.7.3:1-4 4.8.0:1-2 6.0.0:1-4 7.0.0:1-2 7.1.1:1-1 7.1.2:1-1";

    private const string Of5 =
        "1.5.4:1-3 1.5.5:1-1 1.5.7:1-1 2.1.3:1-1 2.2.1:2-6 2.2.2:1-1 3.1.0:1-2 3.1.2:1-30 3.1.3:1-12 3.1.4:1-6 "
        + "3.2.0:1-2 3.2.2:1-22 3.3.1:1-13 3.3.2:1-20 3.3.4:1-10 3.4.2:1-3 3.5.2:1-3 3.6.1:1-1 3.6.2:1-3 3.7.2:1-3 "
        + "3.8.1:1-1 3.8.3:1-5 3.8.4:1-8 3.9.2:1-2 3.9.3:1-2 3.10.1:1-1 3.10.3:1-2 3.10.4:1-6 3.11.2:1-2 3.11.3:1-2 "
        + "3.12.4:1-1 3.14.0:1-1 3.14.1:1-1 3.14.2:1-4 3.14.4:1-3 3.15.1:1-1 3.15.2:1-3 4.1.0:1-2 4.2:1-1 4.3.1:1-1 "
        + "4.3.2:1-5 4.3.3:1-13 4.4.0:1-2 4.5.0:1-2 4.6.0:1-6 4.7.0:1-1 4.7.1:1-2 4.7.2:1-1 4.7.3:1-4 4.8.2:1-6 "
        + "4.9.0:1-3 4.12.0:1-7 4.12.1:1-2 4.13.1:1-1 4.13.2:1-1 6.0.0:1-4";

    private static readonly string s_document = Checkout.Text("docs/mqtt-conformance.md");

    [Theory]
    [InlineData("## MQTT 3.1.1", Of311)]
    [InlineData("## MQTT 5.0", Of5)]
    public void EveryStatementIsListedOnce(string heading, string sections)
    {
        var table = s_document[s_document.IndexOf(heading, StringComparison.Ordinal)..].Split("\n## ")[0];
        var listed = table.Split('\n').Where(line => StatementRow().IsMatch(line))
            .SelectMany(line => line.Split('|')[1].Split(',').Select(number => number.Trim()));
        var due = sections.Split(' ').SelectMany(section =>
        {
            var numbers = section.Split(':')[1].Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            return Enumerable.Range(numbers[0], numbers[1] - numbers[0] + 1).Select(n => $"{section.Split(':')[0]}-{n}");
        });
        Assert.Equal(due.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryTestItNamesExists()
    {
        var named = TestName().Matches(s_document).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Distinct().ToList();
        Assert.True(named.Count > 40, $"only {named.Count} tests are named");
        foreach (var (type, method) in named)
            Assert.True(
                typeof(MqttConformanceTests).Assembly.GetType($"DigitalTwin.Gateway.Tests.Mqtt.{type}")?.GetMethod(method) is not null,
                $"there is no test {type}.{method}");
    }

    [Fact]
    public void EveryStatementHasATestOrAReason()
    {
        foreach (var line in s_document.Split('\n').Where(line => StatementRow().IsMatch(line)))
            Assert.True(line.Split('|') is [_, _, var what, var why, _] && what.Trim().Length > 0 && why.Trim().Length > 5, line);
    }

    [GeneratedRegex(@"^\| \d")]
    private static partial Regex StatementRow();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
