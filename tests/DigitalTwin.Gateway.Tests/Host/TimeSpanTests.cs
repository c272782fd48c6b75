namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>That the real host can show its past: what keeps it is registered there alone.</summary>
public sealed class TimeSpanTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("time-span-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task ACityThatRanAMomentHasAPastToGoBackTo()
    {
        var began = DateTimeOffset.UtcNow;
        await using var host = await HostProcess.StartAsync(
            _data, LoopbackPort.Free(), mqttPort: 0, "--scale", "0.05");

        await host.UntilAsync("there is a span", async () =>
            (await host.GetAsync("/api/v1/time")).GetProperty("to").ValueKind == System.Text.Json.JsonValueKind.String);

        var time = await host.GetAsync("/api/v1/time");
        var (from, to, now) = (
            time.GetProperty("from").GetDateTimeOffset(), time.GetProperty("to").GetDateTimeOffset(),
            time.GetProperty("now").GetDateTimeOffset());
        Assert.InRange(from, began.AddSeconds(-1), to);
        Assert.InRange(to, from, now);
    }
}
