namespace DigitalTwin.EndToEnd.Tests;

/// <summary>Real air data of December 2024 through the posts' own devices.</summary>
[Collection(nameof(OneCityAtATime))]
public sealed class ReplayTests
{
    private const string December = "air/almaty-posts-2024-12.csv";

    [RealDataFact(December)]
    public async Task ThePostsShowTheReplayedMonth()
    {
        await using var city = await CityProcess.StartAsync();
        await using var browser = await CityBrowser.StartAsync();
        var page = await browser.OpenAsync(new Uri(city.Page, "#twin=post-01"), 1920, 1080);
        await page.ReadyAsync();

        Assert.Equal(0, await city.SimulateAsync("replay", Repository.SharedData(December)!, "--speed", "0",
            "--shift-to-now", "--once"));

        var posts = (await city.GetAsync("api/v1/twins?kind=airQualitySensor&limit=1000")).GetProperty("twins")
            .EnumerateArray().Where(twin => twin.GetProperty("attributes").TryGetProperty("postNumber", out _)).ToArray();
        var heard = posts.Where(post => post.GetProperty("state").GetProperty("freshness").GetString() == "live").ToArray();
        Assert.True(heard.Length >= 10, $"{heard.Length} of {posts.Length} posts were heard");
        foreach (var post in heard)
        {
            var id = post.GetProperty("id").GetString()!;
            var measures = post.GetProperty("values");
            if (measures.TryGetProperty("pm10MicrogramsPerCubicMetre", out var pm10))
                await page.MapHoldsAsync(id, measure: 1, pm10.GetProperty("value").GetDouble());
        }

        await page.PictureAsync("december-replayed");
        Assert.Empty(page.Problems);
    }
}

/// <summary>A test on real data that lies beside the repository; skipped, and said so, where it does not.</summary>
internal sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute(string path) => Skip =
        Repository.SharedData(path) is null ? $"the real data {path} is not there"
        : CityBrowser.Program is null ? "Chromium is not installed"
        : null;
}
