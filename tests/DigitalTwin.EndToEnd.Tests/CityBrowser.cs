using Microsoft.Playwright;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>The system's own Chromium with a software renderer, as a wall display without a graphics card would have it.</summary>
internal sealed class CityBrowser : IAsyncDisposable
{
    private static readonly string[] s_programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // A software renderer on a busy machine; the driver's own are 5 s for what a page is to show and 30 s for the rest.
    private const float PatienceMilliseconds = 120_000;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private CityBrowser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static string? Program => s_programs.FirstOrDefault(File.Exists);

    public static async Task<CityBrowser> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Timeout = PatienceMilliseconds,
            Args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
        });
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        return new CityBrowser(playwright, browser);
    }

    public async Task<CityPage> OpenAsync(Uri page, int width = 1366, int height = 768)
    {
        var tab = await _browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            Locale = "en-GB",
            ColorScheme = ColorScheme.Dark,
        });
        tab.SetDefaultTimeout(PatienceMilliseconds);
        var opened = new CityPage(tab);
        await tab.GotoAsync(page.ToString());
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A browser test; skipped, and said so, where there is no Chromium.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() =>
        Skip = CityBrowser.Program is null ? "Chromium is not installed" : null;
}
