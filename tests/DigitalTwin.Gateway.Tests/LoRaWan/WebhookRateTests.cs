using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>A device that loops is slowed alone, behind a network server too.</summary>
public sealed class WebhookRateTests
{
    // One message in 100 s and three ahead of it, so that the time the test takes is nothing.
    private static readonly ProtectionLimits s_slow = new()
    {
        MessagesPerSecond = 0.01, MessagesPerSecondPerTwin = 0, Burst = TimeSpan.FromSeconds(300),
    };

    [Fact]
    public async Task ADeviceThatLoopsIsNotTakenAndNamedWhileItsNetworkServersOthersAre()
    {
        await using var city = await LoRaWanCity.StartAsync(protection: s_slow);
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++)
            answers.Add((await SendAsync(city, LoRaWanCity.MeterEui, $"loop-{i}")).Status);

        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.NoContent, 4), .. Enumerable.Repeat(HttpStatusCode.Accepted, 4)],
            answers);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(city, LoRaWanCity.AirEui, "other")).Status);
        var (slowed, total) = city.Services.GetRequiredService<SenderRates>().Throttled(limit: 10);
        Assert.Equal((1, LoRaWanCity.MeterEui, 4), (total, slowed[0].DeviceId, slowed[0].MessagesHeldBack));
        var reject = city.Rejects.Recent().First(reject => reject.Reason == RejectReason.Throttled);
        Assert.Equal((LoRaWanCity.MeterEui, IngestTransport.LoRaWan), (reject.DeviceId, reject.Transport));

        // What is delivered once more is answered as before, and is no new message.
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(city, LoRaWanCity.MeterEui, "loop-0")).Status);
        var (status, body) = await SendAsync(city, LoRaWanCity.MeterEui, "loop-4");
        Assert.Equal((HttpStatusCode.Accepted, "throttled"), (status, body!.Value.GetProperty("reason").GetString()));

        city.Time.Push(TimeSpan.FromSeconds(250));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(city, LoRaWanCity.MeterEui, "loop-4")).Status);
    }

    private static async Task<(HttpStatusCode Status, JsonElement? Body)> SendAsync(
        LoRaWanCity city, string devEui, string id)
    {
        using var answer = await city.ChirpStackAsync(
            "join", NetworkEvents.ChirpStackEvent(devEui, "\"devAddr\": \"00189440\"", id));
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? null : JsonDocument.Parse(text).RootElement);
    }
}
