using System.Net;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.HubCommands;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Tests.EventIngest;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Commands;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>Commands over HTTP and MQTT, over a real engine, desk, watch and log on disk.</summary>
internal sealed class CommandServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly bool _isKept;

    private CommandServer(string? folder)
    {
        _folder = folder is null
            ? Directory.CreateTempSubdirectory("command-server-")
            : Directory.CreateDirectory(folder);
        _isKept = folder is not null;
    }

    public EdgeServer Edge { get; private set; } = null!;

    public ICommands Book => Edge.Services.GetRequiredService<ICommands>();

    /// <param name="before">What was on disk when the server started.</param>
    public static Task<CommandServer> StartAsync(params CommandInput[] before) => StartAsync(new Parts(), before);

    public static async Task<CommandServer> StartAsync(Parts parts, params CommandInput[] before)
    {
        var server = new CommandServer(parts.Folder);
        using (var log = CommandLog.Open(server._folder.FullName))
        {
            foreach (var input in before)
            {
                Assert.Equal(CommandOutcome.Applied, log.Book.Apply(input));
                log.Append(input);
            }

            log.Flush();
        }

        server.Edge = await EdgeServer.StartAsync(
            limits: parts.Limits,
            twins: parts.Twins,
            services: services =>
            {
                services.AddSingleton(parts.Commands);
                services.AddSingleton(parts.Hub);
                services.AddSingleton(provider => new CommandDesk(
                    CommandLog.Open(server._folder.FullName), provider.GetRequiredService<TimeProvider>()));
                services.AddSingleton<ICommands>(provider => provider.GetRequiredService<CommandDesk>());
                services.AddSingleton(provider => new CommandWatch(
                    provider.GetRequiredService<ITwinEngine>(), provider.GetRequiredService<CommandDesk>(),
                    provider.GetRequiredService<TimeProvider>()));
                services.AddLoRaWan(parts.Networks ?? NetworkServerFile.Load(server._folder.FullName));
                services.AddSingleton<TwinQueryReader>();
                foreach (var hub in parts.Hubs)
                    services.AddSingleton(hub);
                services.AddSingleton<IPoisonStore>(new RecordingPoisonStore());
                services.AddEventIngest();
                services.AddCommands();
            },
            map: app =>
            {
                app.MapCommandsApi();
                app.MapLoRaWan();
            });
        server.Edge.Services.GetRequiredService<CommandWatch>();
        return server;
    }

    public async Task<JsonElement> PostAsync(string path, string body, int expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Edge.Http.PostAsync($"/api/v1/commands{path}", content);
        return await ReadAsync(path, response, expected);
    }

    public async Task<JsonElement> GetAsync(string path, int expected = 200)
    {
        using var response = await Edge.Http.GetAsync($"/api/v1/commands{path}");
        return await ReadAsync(path, response, expected);
    }

    public async Task<string> RefusedAsync(string body, int expected = 400) =>
        (await PostAsync("", body, expected)).GetProperty("detail").GetString()!;

    /// <summary>Waits until an order has so many commands in a state.</summary>
    public Task UntilAsync(string order, string state, int count) => UntilAsync(
        async () => (await GetAsync($"/{order}")).GetProperty("counts").GetProperty(state).GetInt32() == count,
        $"{order}: there are not {count} {state}");

    public async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Deadline.Patience, otherwise);
            await poll.WaitForNextTickAsync();
        }
    }

    /// <summary>The states that a twin's command came to, with why.</summary>
    public async Task<string[]> StepsAsync(string order, string twin)
    {
        var twins = (await GetAsync($"/{order}/twins?limit=1000")).GetProperty("twins").EnumerateArray();
        return [.. twins.Single(row => row.GetProperty("twin").GetString() == twin).GetProperty("steps").EnumerateArray()
            .Select(step => $"{step.GetProperty("state").GetString()} {step.GetProperty("detail").GetString()}".Trim())];
    }

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        if (!_isKept)
            _folder.Delete(recursive: true);
    }

    /// <summary>What differs from one test to the next.</summary>
    /// <param name="Folder">Of the command log, which then outlives the server.</param>
    internal sealed record Parts(string? Folder = null, GatewayLimits? Limits = null)
    {
        public CommandLimits Commands { get; init; } = new();

        public HubLimits Hub { get; init; } = new();

        public IEnumerable<TwinDefinition>? Twins { get; init; }

        public NetworkServers? Networks { get; init; }

        public IReadOnlyList<IHubService> Hubs { get; init; } = [];
    }

    private static async Task<JsonElement> ReadAsync(string path, HttpResponseMessage response, int expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)expected == response.StatusCode, $"{path}: {response.StatusCode}, not {expected}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

/// <summary>The cabinet cab-1, which speaks for all lights of the test city, as a raw MQTT client.</summary>
internal sealed class CommandedCabinet(RawClient client) : IDisposable
{
    private ushort _packetId;

    public static async Task<CommandedCabinet> ListeningAsync(CommandServer server)
    {
        var client = await RawClient.AdmittedAsync(server.Edge, Packets.V311, "cab-1");
        await client.SendAsync(Packets.Subscribe(Packets.V311, 1, ("devices/cab-1/messages/devicebound/#", 1)));
        var suback = await client.ReadAsync();
        Assert.Equal(0x90, suback[0]);
        return new CommandedCabinet(client);
    }

    /// <summary>The next message to it: its packet id, topic and what it says.</summary>
    public async Task<(ushort PacketId, string Topic, JsonElement Said)> NextAsync()
    {
        var packet = await client.ReadAsync();
        Assert.Equal(0x32, packet[0]);
        var body = packet.AsSpan(packet[1] >= 0x80 ? 3 : 2);
        var topicBytes = body[0] << 8 | body[1];
        var topic = Encoding.UTF8.GetString(body.Slice(2, topicBytes));
        body = body[(2 + topicBytes)..];
        using var document = JsonDocument.Parse(body[2..].ToArray());
        return ((ushort)(body[0] << 8 | body[1]), topic, document.RootElement.Clone());
    }

    public Task AcknowledgeAsync(ushort packetId) => client.SendAsync(Packets.Acknowledge(4, packetId));

    public async Task ReportAsync(string twin, double dimLevelPercent)
    {
        await client.SendAsync(Packets.Publish(
            Packets.V311, "devices/cab-1/messages/events/",
            FormattableString.Invariant($$"""[{"twin":"{{twin}}","dimLevelPercent":{{dimLevelPercent}}}]"""), ++_packetId));
        Assert.Equal(0x40, (await client.ReadAsync())[0]);
    }

    public void Dispose() => client.Dispose();
}
