using System.Buffers;
using System.Globalization;
using System.Text;
using DigitalTwin.Simulator.Load;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class LoadGeneratorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task EveryMessageIsAcknowledgedAndCounted(int outstanding)
    {
        await using var broker = new BrokerDouble();
        var result = await LoadGenerator.RunAsync(Plan(broker) with { Outstanding = outstanding });

        Assert.Equal((3, 0, null), (result.Connections, result.ConnectionsLost, result.Problem));
        Assert.Equal(result.Published, result.Acknowledged);
        Assert.Equal(result.Published, broker.Publishes.Count);
        Assert.InRange(broker.OutstandingMax, 1, outstanding);
        Assert.True(result.AckMedianMilliseconds > 0 && result.AckP99Milliseconds >= result.AckMedianMilliseconds);
        foreach (var ofDevice in broker.Publishes.GroupBy(message => message.ClientId))
            Assert.Equal(
                Enumerable.Range(0, ofDevice.Count()).Select(number => $"{ofDevice.Key} {number}"),
                ofDevice.Select(message => message.Body));
    }

    [Fact]
    public async Task ARateIsKeptAndNotExceeded()
    {
        await using var broker = new BrokerDouble();
        var result = await LoadGenerator.RunAsync(Plan(broker) with { RatePerSecond = 200, Duration = TimeSpan.FromSeconds(1) });

        Assert.InRange(result.Published, 1, 200 * result.Seconds);
        Assert.Equal(result.Published, result.Acknowledged);
    }

    [Fact]
    public async Task AConnectionThatIsLostIsSaidSo()
    {
        await using var broker = new BrokerDouble { Acknowledges = false };
        // It ends with its last connection, not with its time.
        var running = LoadGenerator.RunAsync(Plan(broker) with { Duration = TimeSpan.FromMinutes(5) });
        await BrokerDouble.Until(() => broker.Publishes.Count == 3, "a message of each");
        broker.CutAll();
        var result = await running;

        Assert.Equal((3, 3, 0), (result.ConnectionsLost, result.Published, result.Acknowledged));
        Assert.NotNull(result.Problem);
    }

    [Fact]
    public async Task WhoIsRefusedCannotLoad()
    {
        await using var broker = new BrokerDouble { ConnectCode = 5 };

        await Assert.ThrowsAsync<IOException>(() => LoadGenerator.RunAsync(Plan(broker)));
        await Assert.ThrowsAsync<ArgumentException>(() => LoadGenerator.RunAsync(Plan(broker) with { Outstanding = 17 }));
    }

    [Fact]
    public void TheTableOfLatenciesIsRightToThreePercent()
    {
        var table = new LatencyTable();
        Assert.Equal(0, table.MillisecondsAt(0.5));
        for (var microseconds = 1; microseconds <= 100_000; microseconds++)
            table.Add(TimeSpan.FromMicroseconds(microseconds));

        Assert.InRange(table.MillisecondsAt(0.5), 50, 50 * 1.04);
        Assert.InRange(table.MillisecondsAt(0.99), 99, 99 * 1.04);
        table.Add(TimeSpan.FromDays(2));
        Assert.InRange(table.MillisecondsAt(1), TimeSpan.FromHours(18).TotalMilliseconds, double.MaxValue);
    }

    private static LoadPlan Plan(BrokerDouble broker) => new()
    {
        Port = broker.Port,
        Identities = [.. Enumerable.Range(0, 3).Select(number => new LoadIdentity($"dev-{number}", null, [$"dev-{number}"]))],
        Payload = (body, device, number) =>
            body.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{device.DeviceId} {number}"))),
        Duration = TimeSpan.FromSeconds(0.3),
    };
}
