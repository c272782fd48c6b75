using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>A view in Node with the unmodified npm client.</summary>
internal sealed class NodeView : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _node;
    private readonly Channel<(string What, string Value)> _said = Channel.CreateUnbounded<(string, string)>();

    private NodeView(Process node) => _node = node;

    public Replica Replica { get; } = new();

    public static string? MissingPart =>
        Directory.Exists(Path.Combine(WebFolder, "node_modules/@microsoft/signalr"))
            ? null
            : "the page's packages are not installed (npm ci in web)";

    internal static string WebFolder => Path.Combine(Checkout.Root, "web");

    public static NodeView Start(Uri hub, string protocol, string request)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Push", "hub-client.mjs");
        var node = Process.Start(new ProcessStartInfo("node", [script, WebFolder, hub.ToString(), protocol, request])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var view = new NodeView(node);
        node.OutputDataReceived += (_, line) => view.Hear(line.Data);
        node.BeginOutputReadLine();
        return view;
    }

    public Task AskAsync(string method, params object[] arguments) =>
        _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize((object[])[method, .. arguments]));

    /// <summary>The next answer of this name; frames that come meanwhile are taken in.</summary>
    public async Task<string> NextAsync(string what)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (true)
        {
            var (said, value) = await _said.Reader.ReadAsync(deadline.Token);
            if (said == "frame")
                Replica.Take(Convert.FromBase64String(value));
            if (said == what)
                return value;
            Assert.False(said is "closed" or "refused", $"waited for {what}, got {said}: {value}");
        }
    }

    public async Task UntilAsync(Func<Replica, bool> condition)
    {
        while (!condition(Replica))
            await NextAsync("frame");
    }

    public async ValueTask DisposeAsync()
    {
        _node.Kill();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        using var said = JsonDocument.Parse(line);
        var value = said.RootElement.GetProperty("value");
        _said.Writer.TryWrite((
            said.RootElement.GetProperty("what").GetString()!,
            value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));
    }
}
