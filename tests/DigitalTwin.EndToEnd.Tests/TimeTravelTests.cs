using System.Globalization;
using Microsoft.Playwright;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>An operator goes back in a real browser, plays on from there and returns to what is now.</summary>
[Collection(nameof(OneCityAtATime))]
public sealed class TimeTravelTests
{
    private const string Light = "l-000001";
    private const string Level = "dimLevelPercent";

    // Asia/Almaty since 1 March 2024, as the page says its times.
    private static readonly TimeSpan s_almaty = TimeSpan.FromHours(5);
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);

    [BrowserFact]
    public async Task ThePastIsSeenPlayedAndLeft()
    {
        await using var city = await CityProcess.StartAsync("--scale", "0.05");
        await using var browser = await CityBrowser.StartAsync();
        await PublishAsync(city, 80);
        var page = await browser.OpenAsync(new Uri(city.Page, $"#twin={Light}&lang=en"), 1366, 768);
        await page.ReadyAsync();
        await page.InspectorShowsAsync(Level, "80");
        var before = await PlayableAsync(city, await NowAsync(city));
        await PublishAsync(city, 35);
        await page.InspectorShowsAsync(Level, "35");
        await PlayableAsync(city, await NowAsync(city));
        await Assertions.Expect(page.Tab.Locator(".past-banner")).ToBeHiddenAsync();

        await page.Tab.Keyboard.PressAsync("t");
        var field = page.Tab.Locator(".time-field");
        await field.FillAsync(before.ToOffset(s_almaty).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        await field.PressAsync("Enter");
        var banner = page.Tab.Locator(".past-banner");
        await Assertions.Expect(banner).ToBeVisibleAsync(new() { Timeout = (float)s_soon.TotalMilliseconds });
        await Assertions.Expect(banner).ToContainTextAsync(
            before.ToOffset(s_almaty).ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        await page.InspectorShowsAsync(Level, "80");
        await page.MapHoldsAsync(Light, measure: 0, 80);
        Assert.Contains("\"equal\":true", await page.VerifyAsync(), StringComparison.Ordinal);
        Assert.Contains("?at=" + before.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            page.Tab.Url, StringComparison.Ordinal);
        await page.PictureAsync("past");

        await page.Tab.Locator(".time-speed", new() { HasText = "60×" }).First.ClickAsync();
        await page.InspectorShowsAsync(Level, "35");
        await page.MapHoldsAsync(Light, measure: 0, 35);

        await page.Tab.Locator(".past-leave").ClickAsync();
        await Assertions.Expect(banner).ToBeHiddenAsync();
        await page.PhaseIsAsync("live");
        await PublishAsync(city, 10);
        await page.InspectorShowsAsync(Level, "10");
        Assert.DoesNotContain("?at=", page.Tab.Url, StringComparison.Ordinal);
        Assert.Contains("\"equal\":true", await page.VerifyAsync(), StringComparison.Ordinal);
        Assert.Empty((await city.GetAsync("api/v1/replays")).GetProperty("replays").EnumerateArray());
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task ALinkLeadsToItsInstant()
    {
        await using var city = await CityProcess.StartAsync("--scale", "0.05");
        await using var browser = await CityBrowser.StartAsync();
        await PublishAsync(city, 80);
        var before = await PlayableAsync(city, await NowAsync(city));
        await PublishAsync(city, 35);

        var at = before.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var page = await browser.OpenAsync(new Uri(city.Page, $"?at={at}#twin={Light}&lang=en"), 1366, 768);
        await Assertions.Expect(page.Tab.Locator(".past-banner")).ToBeVisibleAsync(
            new() { Timeout = (float)s_soon.TotalMilliseconds });
        await page.InspectorShowsAsync(Level, "80");
        Assert.Empty(page.Problems);
    }

    private static async Task<DateTimeOffset> NowAsync(CityProcess city) =>
        (await city.GetAsync("api/v1/time")).GetProperty("now").GetDateTimeOffset();

    // A whole second of the span that lies after the given instant.
    private static async Task<DateTimeOffset> PlayableAsync(CityProcess city, DateTimeOffset after)
    {
        var to = after;
        await Eventually.TrueAsync(
            async () =>
            {
                var end = (await city.GetAsync("api/v1/time")).GetProperty("to");
                to = end.ValueKind == System.Text.Json.JsonValueKind.Null ? after : end.GetDateTimeOffset();
                return to >= after.AddSeconds(2);
            },
            s_soon, () => $"the span ends at {to:O}");
        return DateTimeOffset.FromUnixTimeSeconds(to.ToUnixTimeSeconds());
    }

    private static async Task PublishAsync(CityProcess city, double level) =>
        Assert.Equal(0, await city.MosquittoPublishAsync(
            city.DeviceOf(Light), FormattableString.Invariant($$"""[{"twin":"{{Light}}","{{Level}}":{{level}}}]""")));
}
