using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>The page as its reader sees it, and what it holds by <c>window.cityTwin</c>.</summary>
internal sealed class CityPage
{
    private static readonly TimeSpan s_loadDeadline = TimeSpan.FromSeconds(180); // a software renderer builds the map

    private readonly List<string> _problems = [];

    public CityPage(IPage tab)
    {
        Tab = tab;
        tab.Console += (_, message) =>
        {
            if (message.Type == "error")
                _problems.Add(message.Text);
        };
        tab.PageError += (_, error) => _problems.Add(error);
    }

    public IPage Tab { get; }

    /// <summary>Errors of scripts and of the content security policy; failed requests of a server that was stopped aside.</summary>
    public IEnumerable<string> Problems => _problems.Where(problem =>
        !problem.Contains("net::ERR_", StringComparison.Ordinal)
        && !problem.Contains("WebSocket", StringComparison.Ordinal));

    public Task ReadyAsync() =>
        Tab.EvaluateAsync("() => window.cityTwin.ready").WaitAsync(s_loadDeadline);

    public Task SelectAsync(string id) => Tab.EvaluateAsync("id => window.cityTwin.select(id)", id);

    /// <summary>Waits until the inspector's row of this name shows the text.</summary>
    public async Task InspectorShowsAsync(string property, string text)
    {
        var row = Tab.Locator($".inspector tr:has(th[title='{property}']) td.value");
        var shown = "";
        await Eventually.TrueAsync(
            async () =>
            {
                shown = await row.CountAsync() == 1 ? await row.InnerTextAsync() : "not there";
                return shown.Contains(text, StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(60),
            () => $"the inspector's {property} is {shown} and not {text}");
    }

    /// <summary>Waits until the map's own copy of the twin has this measure.</summary>
    public Task MapHoldsAsync(string id, int measure, double value) => Eventually.TrueAsync(
        async () => await HeldAsync(id) is { ValueKind: JsonValueKind.Object } held
            && held.GetProperty("measures")[measure] is { ValueKind: JsonValueKind.Number } shown
            && Math.Abs(shown.GetDouble() - value) < 1e-3,
        TimeSpan.FromSeconds(60),
        () => string.Create(CultureInfo.InvariantCulture, $"the map's measure {measure} of {id} is not {value}"));

    /// <summary>As text on the way here: what is unknown is NaN in the page and null in JSON.</summary>
    public async Task<JsonElement> HeldAsync(string id)
    {
        using var held = JsonDocument.Parse(
            await Tab.EvaluateAsync<string>("id => JSON.stringify(window.cityTwin.get(id) ?? null)", id));
        return held.RootElement.Clone();
    }

    public async Task<string> PhaseAsync() => await Tab.EvaluateAsync<string>("() => window.cityTwin.state().phase");

    public async Task<uint> EpochAsync() =>
        (await Tab.EvaluateAsync<JsonElement>("() => window.cityTwin.state()")).GetProperty("epoch").GetUInt32();

    public Task PhaseIsAsync(params string[] phases) => Eventually.TrueAsync(
        async () => phases.AsEnumerable().Contains(await PhaseAsync()),
        TimeSpan.FromSeconds(60),
        () => $"the page is not {string.Join(" or ", phases)}");

    /// <summary>Asks the server for its checksum and compares it with what the page holds.</summary>
    public Task<string> VerifyAsync() =>
        Tab.EvaluateAsync<string>("async () => JSON.stringify(await window.cityTwin.checksum())");

    /// <summary>Keeps a picture where the tests keep theirs.</summary>
    public async Task<string> PictureAsync(string name)
    {
        // Labels fade in and out with the view.
        await Eventually.TrueAsync(
            async () => await Tab.EvaluateAsync<int>("() => document.getAnimations().length") == 0,
            TimeSpan.FromSeconds(60), () => "the page does not come to rest");
        var path = Path.Combine(Repository.Artifacts, name + ".png");
        await Tab.ScreenshotAsync(new PageScreenshotOptions { Path = path, Timeout = 60_000 });
        return path;
    }
}
