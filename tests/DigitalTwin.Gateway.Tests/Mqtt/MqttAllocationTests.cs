namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>What the hot path allocates; alone, because the counter is the process's.</summary>
[Collection(nameof(MqttAllocationTests))]
[CollectionDefinition(nameof(MqttAllocationTests), DisableParallelization = true)]
public sealed class MqttAllocationTests
{
    private const string Events = "devices/cab-1/messages/events/";

    [Fact]
    public async Task TheSteadyStateAllocatesNothingAMessage()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        var measuredAt = server.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var round = Enumerable.Range(1, 500).SelectMany(i => Packets.Publish(
            Packets.V311, Events, $$"""[{"twin":"l-00{{i % 10}}","ts":{{measuredAt}},"dimLevelPercent":{{i % 100}}}]""",
            (ushort)i)).ToArray();
        for (var i = 0; i < 20; i++)
            await RoundAsync();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        const int Rounds = 40;
        for (var i = 0; i < Rounds; i++)
            await RoundAsync();
        var perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / (Rounds * 500.0);
        // What is left is this test's own reading, and whatever else runs in this process.
        Assert.True(perMessage < 40, $"{perMessage:F1} bytes a message");

        async Task RoundAsync()
        {
            await client.SendAsync(round);
            await client.SkipAsync(500 * 4);
        }
    }
}
