namespace DigitalTwin.EndToEnd.Tests;

/// <summary>The main job: a device's message becomes a change on the map of a real browser.</summary>
[Collection(nameof(OneCityAtATime))]
public sealed class LiveCityTests
{
    [BrowserFact]
    public async Task AReadingIsSeenAndTheServersRestartIsSurvived()
    {
        await using var city = await CityProcess.StartAsync();
        await using var browser = await CityBrowser.StartAsync();
        const string light = "l-000001", meter = "m-000001-e";
        await PublishAsync(city, light, "dimLevelPercent", 80);
        var page = await browser.OpenAsync(new Uri(city.Page, $"#twin={light}"), 1920, 1080);
        await page.ReadyAsync();
        await page.InspectorShowsAsync("dimLevelPercent", "80");

        await PublishAsync(city, light, "dimLevelPercent", 35);
        await page.InspectorShowsAsync("dimLevelPercent", "35");
        await page.MapHoldsAsync(light, measure: 0, 35);
        await page.PictureAsync("light-in-the-inspector");

        await page.SelectAsync(meter);
        await PublishAsync(city, meter, "activePowerWatts", 1_234.5);
        await page.InspectorShowsAsync("activePowerWatts", "1.23");
        await page.MapHoldsAsync(meter, measure: 0, 1_234.5);

        var epoch = await page.EpochAsync();
        await city.KillAsync();
        await page.PhaseIsAsync("reconnecting", "lost");
        await page.PictureAsync("server-gone");
        await city.StartAgainAsync();
        await page.PhaseIsAsync("live");
        Assert.NotEqual(epoch, await page.EpochAsync());

        await PublishAsync(city, meter, "activePowerWatts", 777);
        await page.InspectorShowsAsync("activePowerWatts", "777");
        await page.MapHoldsAsync(meter, measure: 0, 777);
        Assert.Contains("\"equal\":true", await page.VerifyAsync(), StringComparison.Ordinal);
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task NobodySpeaksForAnotherDeviceAndTheRefusalIsListed()
    {
        await using var city = await CityProcess.StartAsync("--scale", "0.05");
        var devices = city.DeviceKeys().Take(2).ToArray();

        await city.MosquittoPublishAsync(devices[0].Id, """{"dimLevelPercent":1}""", publishAs: devices[1].Id);
        await PublishAsync(city, "l-000001", "dimLevelPercent", 400);

        var rejects = await city.GetAsync("api/v1/ingest/rejects");
        var reasons = rejects.GetProperty("recent").EnumerateArray()
            .Select(reject => reject.GetProperty("reason").GetString()).ToArray();
        Assert.Contains("foreign-device", reasons);
        Assert.Contains("out-of-range", reasons);
    }

    private static async Task PublishAsync(CityProcess city, string twin, string property, double value) =>
        Assert.Equal(0, await city.MosquittoPublishAsync(
            city.DeviceOf(twin), FormattableString.Invariant($$"""[{"twin":"{{twin}}","{{property}}":{{value}}}]""")));
}
