using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using Xunit.Abstractions;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>A silo dies while readings come in: nothing acknowledged is lost, nothing counts twice.</summary>
public sealed class SiloDeathTests(ITestOutputHelper output)
{
    private const int MessagesEach = 200;
    private const int Messages = CityUnderLoad.Senders * MessagesEach;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build(buildingsPerDistrict: 8, lightsPerCabinet: 8);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ACityWhoseSiloDiesUnderLoadEndsAsOneThatNeverDied(int silos)
    {
        await using var cluster = await CityCluster.StartAsync(
            _graph, _time, (short)silos, isDeathFoundOutSoon: true);
        await using var engine = cluster.Connect(_time);
        await using var reference = new EmbeddedEngine(_graph, _time, partitions: 1);
        var load = new CityUnderLoad(_graph, s_noon);
        var acknowledged = 0;
        var isThird = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var sending = load.SendAsync(engine, MessagesEach, () =>
        {
            if (Interlocked.Increment(ref acknowledged) == Messages / 3)
                isThird.TrySetResult();
        });
        await isThird.Task;
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[^1]);
        var atDeath = Volatile.Read(ref acknowledged);
        await sending;
        await load.SendAsync(reference, MessagesEach);

        output.WriteLine($"{silos} silos: {atDeath} of {Messages} acknowledged when one was dead, "
            + $"{cluster.Store.Writes} saves");
        Assert.Equal(Messages, engine.Counters.Messages);
        await load.AssertEqualAsync(reference, engine);
    }

    [Fact]
    public async Task ACityIsThereAgainAfterAllItsSilosWereStopped()
    {
        await using var reference = new EmbeddedEngine(_graph, _time, partitions: 1);
        var load = new CityUnderLoad(_graph, s_noon);
        await using var before = await CityCluster.StartAsync(_graph, _time, silos: 2);
        await using (var engine = before.Connect(_time))
            await load.SendAsync(engine, MessagesEach);
        await load.SendAsync(reference, MessagesEach);
        await before.Silos.StopAllSilosAsync();

        await using var after = await CityCluster.StartAsync(_graph, _time, silos: 3, before.Store);
        await using var again = after.Connect(_time);
        await load.AssertEqualAsync(reference, again);
    }
}
