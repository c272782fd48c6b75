using System.Globalization;
using Microsoft.Playwright;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>An operator orders from the page, and sees on the page that it was done.</summary>
[Collection(nameof(OneCityAtATime))]
public sealed class OrderTests
{
    private const string Light = "l-000001";
    private static readonly LocatorAssertionsToBeVisibleOptions s_soon = new() { Timeout = 60_000 };

    [BrowserFact]
    public async Task AnOrderIsCheckedSentAndConfirmedByTheLight()
    {
        await using var city = await CityProcess.StartAsync("--scale", "0.05");
        await using var browser = await CityBrowser.StartAsync();
        city.Simulate("--at", "22:00");
        var page = await browser.OpenAsync(new Uri(city.Page, $"#twin={Light}&lang=en"), 1366, 768);
        await page.ReadyAsync();
        await page.InspectorShowsAsync("dimLevelPercent", "100");

        await page.Tab.Locator(".twin-orders button").ClickAsync();
        await page.Tab.Locator(".order-payload input").FillAsync("40");
        await page.Tab.Locator(".order-fields input[placeholder]").FillAsync("Aigul");
        await page.Tab.Locator(".order-payload input").PressAsync("Enter");
        await Assertions.Expect(page.Tab.Locator(".order-preview")).ToContainTextAsync(
            "It would be sent to 1.", new() { Timeout = 60_000 });
        await Assertions.Expect(page.Tab.Locator(".order-now")).ToContainTextAsync("reachable now: 1");
        Assert.Empty((await city.GetAsync("api/v1/commands")).GetProperty("orders").EnumerateArray());

        // The button that sends has the focus by now.
        await page.Tab.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Tab.Locator(".order-row .order-state[data-state=finished]")).ToBeVisibleAsync(s_soon);
        await Assertions.Expect(page.Tab.Locator(".order-row")).ToContainTextAsync("done 1 of 1");
        await page.InspectorShowsAsync("dimLevelPercent", "40");
        await page.MapHoldsAsync(Light, measure: 0, 40);
        await page.PictureAsync("order");
        var order = Assert.Single((await city.GetAsync("api/v1/commands")).GetProperty("orders").EnumerateArray());
        Assert.Equal(
            ("setDimLevel", 40, "Aigul"),
            (order.GetProperty("name").GetString(), order.GetProperty("payload").GetInt32(), order.GetProperty("by").GetString()));

        await page.SelectAsync(city.DeviceOf(Light));
        var lights = (await city.GetAsync($"api/v1/twins?parent={city.DeviceOf(Light)}&kind=streetlight&limit=1000"))
            .GetProperty("twins").GetArrayLength();
        await page.Tab.Locator(".twin-orders button").ClickAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(page.Tab.Locator(".order-value input")).ToHaveValueAsync(city.DeviceOf(Light));
        await page.Tab.Locator(".order-payload input").FillAsync("30");
        await page.Tab.Locator(".order-form button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Tab.Locator(".order-send")).ToHaveTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"Send to {lights}"), new() { Timeout = 60_000 });
        Assert.Empty(page.Problems);
    }
}
