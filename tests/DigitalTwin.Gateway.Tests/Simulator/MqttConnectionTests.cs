using System.Buffers;
using System.Net;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class MqttConnectionTests : IAsyncLifetime
{
    private readonly BrokerDouble _broker = new();
    private readonly SteppedTime _time = new();
    private MqttConnection _connection = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _connection = await MqttConnection.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, _broker.Port), new DeviceLogin("hub", "dev-1", null), new NothingToSay(), 1,
            _time, CancellationToken.None);
        _running = _connection.RunAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        _connection.Dispose();
        await _broker.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => _running);
    }

    [Fact]
    public void WithoutAKeyThereIsNoPassword() => Assert.Equal(("hub/dev-1/?api-version=2021-04-12", null), _broker.Credentials);

    [Fact]
    public async Task AQuietConnectionPingsInTimeAndStays()
    {
        _time.Step(TimeSpan.FromSeconds(100));
        _connection.Beat();
        Assert.Equal(0, _broker.Pings);
        for (var ping = 1; ping <= 5; ping++)
        {
            _time.Step(TimeSpan.FromSeconds(130));
            _connection.Beat();
            // Its answer too, or the next step makes one silence of the two.
            await BrokerDouble.Until(
                () => _broker.Pings == ping && _connection.BytesReceived == 2 * ping, $"ping {ping}");
        }

        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task AServerThatHasFallenSilentIsGivenUp()
    {
        _broker.AnswersPings = false;
        _time.Step(TimeSpan.FromSeconds(361));
        _connection.Beat();

        var ended = await Assert.ThrowsAsync<MqttException>(() => _running);
        Assert.Contains("silent for 361 s", ended.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 3, 0, 1, 65 }, "type 0x30")]
    [InlineData(new byte[] { 0x40, 3, 0, 1, 0 }, "type 0x40")]
    [InlineData(new byte[] { 0x40, 2, 0, 1 }, "PUBACK 1")]
    [InlineData(new byte[] { 0xD0, 0xFF, 0xFF, 0xFF, 0x7F }, "type 0xD0")]
    [InlineData(new byte[] { 0xD0, 0, 0x20, 2, 0, 0 }, "type 0x20")]
    public async Task WhatWasNotAskedForEndsTheConnection(byte[] bytes, string problem)
    {
        await BrokerDouble.Until(() => _broker.OpenCount == 1, "the connection");
        _broker.Only.Send(bytes);

        var ended = await Assert.ThrowsAsync<MqttException>(() => _running);
        Assert.Contains(problem, ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APacketMayComeByteByByte()
    {
        await BrokerDouble.Until(() => _broker.OpenCount == 1, "the connection");
        byte[] bytes = [0xD0, 0, 0xD0, 0, 0x40, 2, 0, 9];
        for (var i = 0; i < bytes.Length; i++)
        {
            await BrokerDouble.Until(() => _connection.BytesReceived == i, $"byte {i}");
            _broker.Only.Send([bytes[i]]);
        }

        // Had the pieces been misread, the end would have come earlier and with another problem.
        var ended = await Assert.ThrowsAsync<MqttException>(() => _running);
        Assert.Contains("PUBACK 9", ended.Message, StringComparison.Ordinal);
    }

    private sealed class NothingToSay : IMessageSource
    {
        public bool TryTake(IBufferWriter<byte> packets, ushort packetId) => false;

        public void Acknowledged() => throw new InvalidOperationException("nothing was sent");
    }

    /// <summary>Time that stands still between steps.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _timestamp);

        public void Step(TimeSpan span) => Interlocked.Add(ref _timestamp, span.Ticks);
    }
}
