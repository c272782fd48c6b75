using System.Globalization;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>The demo city with its fleet, as somebody sees it who has just typed <c>./run</c>.</summary>
[Collection(nameof(OneCityAtATime))]
public sealed class SimulatedCityTests
{
    private static readonly TimeSpan s_everyReportWithin = TimeSpan.FromSeconds(180);

    [BrowserFact]
    public async Task TheWholeFleetReportsAndThePageShowsItInThreeLanguages()
    {
        await using var city = await CityProcess.StartAsync();
        await using var browser = await CityBrowser.StartAsync();
        city.Simulate("--at", "19:30");
        await Eventually.TrueAsync(
            async () => await NeverReportedAsync(city, "building") == 0 && await NeverReportedAsync(city, "streetlight") == 0
                && await NeverReportedAsync(city, "airQualitySensor") == 0,
            s_everyReportWithin, () => "part of the fleet was never heard");
        var rejects = await city.GetAsync("api/v1/ingest/rejects");
        Assert.Equal(0, rejects.GetProperty("total").GetInt64());

        var page = await browser.OpenAsync(city.Page, 1920, 1080);
        await page.ReadyAsync();
        await page.PictureAsync("city");
        Assert.Contains("\"equal\":true", await page.VerifyAsync(), StringComparison.Ordinal);
        Assert.Empty(page.Problems);

        foreach (var language in (string[])["en", "ru", "kk"])
        {
            var small = await browser.OpenAsync(
                new Uri(city.Page, $"#lang={language}&theme=light&twin=b-000001"), 1366, 768);
            await small.ReadyAsync();
            Assert.Equal("1366 768", await small.Tab.EvaluateAsync<string>(
                "() => `${document.documentElement.scrollWidth} ${document.documentElement.scrollHeight}`"));
            await small.PictureAsync($"small-{language}");
            Assert.Empty(small.Problems);
            await small.Tab.CloseAsync();
        }
    }

    private static async Task<int> NeverReportedAsync(CityProcess city, string kind) =>
        (await city.GetAsync(string.Create(
            CultureInfo.InvariantCulture, $"api/v1/twins?kind={kind}&freshness=neverReported&limit=1")))
        .GetProperty("twins").GetArrayLength();
}
