using System.Globalization;
using DigitalTwin.Model.Expectation;
using Xunit.Abstractions;

namespace DigitalTwin.Model.Tests.Expectation;

/// <summary>Prints a score as the rows of the table in docs/forecast.md.</summary>
internal static class ScoreTable
{
    private static readonly int[] s_horizonHours = [1, 6, 12, 24];

    public static void Print(ITestOutputHelper output, string series, ForecastScore score)
    {
        foreach (var method in Enum.GetValues<ForecastMethod>())
        {
            var errors = s_horizonHours.Select(hours => score.MeanAbsoluteErrorAt(method, hours))
                .Append(score.PathMeanAbsoluteError(method))
                .Select(error => error.ToString("0.000", CultureInfo.InvariantCulture));
            output.WriteLine($"| {series} | {method} | {string.Join(" | ", errors)} | {score.CountAt(24)} |");
        }
    }
}
