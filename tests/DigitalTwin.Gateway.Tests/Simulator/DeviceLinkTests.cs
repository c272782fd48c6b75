using System.Net;
using System.Text;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class DeviceLinkTests : IAsyncLifetime
{
    private static readonly byte[] s_key = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    private readonly BrokerDouble _broker = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly LinkFleet _fleet;
    private Task _running = Task.CompletedTask;

    public DeviceLinkTests() =>
        _fleet = new LinkFleet(new IPEndPoint(IPAddress.Loopback, _broker.Port), TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _broker.DisposeAsync();
        _fleet.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task ADeviceLogsInAsTheContractSaysAndPublishesToItsOwnTopic()
    {
        var link = Start(window: 1);
        link.Publish("{\"a\":1}"u8.ToArray());
        await BrokerDouble.Until(() => _fleet.Acknowledged == 1, "an acknowledgement");

        Assert.Equal("hub/dev-1/?api-version=2021-04-12", _broker.Credentials.UserName);
        Assert.True(SasToken.TryParse(_broker.Credentials.Password, 1_024, out var token));
        Assert.True(token.IsSignedWith(s_key));
        Assert.Equal("dev-1", token.DeviceId);
        var received = Assert.Single(_broker.Publishes);
        Assert.Equal(
            new Received("dev-1", "devices/dev-1/messages/events/", 1, IsDuplicate: false, "{\"a\":1}"), received);
        Assert.True(link.IsIdle);
    }

    [Theory]
    [InlineData("localhost", "dev-1")]
    [InlineData("city.azure-devices.net", "dev:1._-")]
    public void TheTokenIsTheOneThatTheServerWouldMake(string hub, string deviceId)
    {
        var expiry = DateTimeOffset.FromUnixTimeSeconds(1_795_219_200);

        Assert.Equal(SasToken.Create(hub, deviceId, s_key, expiry), DeviceLogin.Sign(hub, deviceId, s_key, expiry));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task NoMoreThanTheWindowIsOnItsWay(int window)
    {
        _broker.Acknowledges = false;
        var link = Start(window);
        for (var i = 0; i < 40; i++)
            link.Publish(Encoding.UTF8.GetBytes($"{i}"));
        for (var i = 0; i < 40; i++)
        {
            await BrokerDouble.Until(() => _broker.Publishes.Count >= Math.Min(40, i + window), $"message {i}");
            _broker.Only.Acknowledge((ushort)(i + 1));
        }

        await BrokerDouble.Until(() => link.IsIdle, "the last acknowledgement");
        Assert.Equal(window, _broker.OutstandingMax);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}"), _broker.Publishes.Select(message => message.Body));
        Assert.Equal((40, 40, 0), (_fleet.Published, _fleet.Acknowledged, _fleet.Dropped));
    }

    [Fact]
    public async Task WhatWasNotAcknowledgedIsSentAgainAsADuplicateAndNothingIsLost()
    {
        _broker.Acknowledges = false;
        var link = Start(window: 2);
        foreach (var body in new[] { "a", "b", "c" })
            link.Publish(Encoding.UTF8.GetBytes(body));
        await BrokerDouble.Until(() => _broker.Publishes.Count == 2, "two messages");
        _broker.Only.Acknowledge(1);
        await BrokerDouble.Until(() => _broker.Publishes.Count == 3, "the third message");
        _broker.Acknowledges = true;
        _broker.CutAll();
        await BrokerDouble.Until(() => link.IsIdle, "the second attempt");

        Assert.Equal(
            [("a", false), ("b", false), ("c", false), ("b", true), ("c", true)],
            _broker.Publishes.Select(message => (message.Body, message.IsDuplicate)));
        Assert.Equal((3, 3), (_fleet.Published, _fleet.Acknowledged));
        Assert.Equal(2, _broker.Connects.Count);
    }

    [Fact]
    public async Task ADeviceRemembersTheNewestWhileItCannotSend()
    {
        var link = new DeviceLink(_fleet, new DeviceLogin("hub", "dev-1", s_key), 1, new Random(1));
        for (var i = 0; i < DeviceLink.MessagesKeptMax + 3; i++)
            link.Publish(Encoding.UTF8.GetBytes($"{i}"));
        Assert.False(link.HasRoom);
        _running = link.RunAsync(_stop.Token);
        await BrokerDouble.Until(() => link.IsIdle, "all of them");

        Assert.Equal(3, _fleet.Dropped);
        Assert.Equal(
            Enumerable.Range(3, DeviceLink.MessagesKeptMax).Select(i => $"{i}"), _broker.Publishes.Select(message => message.Body));
    }

    [Fact]
    public async Task AnAcknowledgementOutOfOrderEndsTheConnection()
    {
        _broker.Acknowledges = false;
        var link = Start(window: 2);
        link.Publish("a"u8.ToArray());
        link.Publish("b"u8.ToArray());
        await BrokerDouble.Until(() => _broker.Publishes.Count == 2, "two messages");
        _broker.Only.Acknowledge(2);
        await BrokerDouble.Until(() => _fleet.LastProblem is not null, "the end of the connection");

        Assert.Equal("PUBACK 2 came where 1 was due", _fleet.LastProblem);
        Assert.Equal(0, _fleet.Acknowledged);
    }

    [Fact]
    public async Task ARefusalIsCountedAndTriedAgain()
    {
        _broker.ConnectCode = 5;
        var link = Start(window: 1);
        link.Publish("a"u8.ToArray());
        await BrokerDouble.Until(() => _fleet.Refused >= 1, "a refusal");
        _broker.ConnectCode = 0;
        await BrokerDouble.Until(() => link.IsIdle, "the next attempt");

        Assert.Equal(1, _fleet.Acknowledged);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(80)]
    [InlineData(200)]
    [InlineData(20_000)]
    [InlineData(200_000)]
    public async Task ABodyOfAnyLengthArrivesWhole(int length)
    {
        var body = new string('x', length);
        var link = Start(window: 1);
        // Around 96 bytes of body the packet's length takes a second byte.
        for (var more = 0; more < 24; more++)
            link.Publish(Encoding.UTF8.GetBytes(body + new string('y', more)));
        await BrokerDouble.Until(() => link.IsIdle, "all bodies");

        Assert.Equal(
            Enumerable.Range(0, 24).Select(more => body + new string('y', more)), _broker.Publishes.Select(message => message.Body));
    }

    [Fact]
    public void TheWaitBetweenAttemptsDoublesUpToItsBound()
    {
        var backoff = new Backoff(new Random(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        foreach (var most in new[] { 1, 2, 4, 8, 16, 20, 20 })
            Assert.InRange(backoff.Next().TotalSeconds, most / 2.0, most);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.5, 1);
    }

    private DeviceLink Start(int window)
    {
        var link = new DeviceLink(_fleet, new DeviceLogin("hub", "dev-1", s_key), window, new Random(1));
        _running = link.RunAsync(_stop.Token);
        return link;
    }
}
