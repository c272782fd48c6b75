using System.Text.RegularExpressions;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>That docs/security-cases.md names only tests that exist, and has one for every case.</summary>
public sealed partial class SecurityCasesDocTests
{
    private const int CasesMin = 30;

    private static readonly string s_document = Checkout.Text("docs/security-cases.md");

    [Fact]
    public void EveryTestItNamesExists()
    {
        var types = typeof(SecurityCasesDocTests).Assembly.GetTypes().ToLookup(type => type.Name);
        foreach (var name in TestName().Matches(s_document).Select(match => match.Value.Trim('`')).Distinct())
        {
            var parts = name.Split('.');
            Assert.True(types[parts[0]].Any(type => type.GetMethod(parts[1]) is not null), $"there is no test {name}");
        }
    }

    [Fact]
    public void EveryCaseHasATest()
    {
        var cases = s_document.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)
            && !line.StartsWith("| case ", StringComparison.Ordinal)).ToArray();
        Assert.True(cases.Length >= CasesMin, $"only {cases.Length} cases are listed");
        foreach (var line in cases)
            Assert.True(line.Split('|') is [_, { Length: > 5 }, { Length: > 5 }, var test, _] && TestName().IsMatch(test), line);
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
