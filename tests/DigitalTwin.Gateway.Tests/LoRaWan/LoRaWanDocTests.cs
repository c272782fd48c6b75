using System.Net;
using System.Text.RegularExpressions;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>What docs/lorawan.md shows is what happens.</summary>
public sealed partial class LoRaWanDocTests
{
    private static readonly string s_document = Checkout.Text("docs/lorawan.md");

    [Fact]
    public async Task TheShownEventsFillTheirTwinsAndTheShownCommandGoesOut()
    {
        var examples = JsonBlock().Matches(s_document).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(3, examples.Length);
        await using var network = await NetworkServerDouble.StartAsync();
        await using var city = await LoRaWanCity.StartAsync(network.Url);

        using var chirpStack = await city.ChirpStackAsync("up", examples[0]);
        using var thingsStack = await city.ThingsStackAsync("up", examples[1]);
        using var downlink = await city.Http.PostAsync(
            $"/api/v1/lorawan/devices/{LoRaWanCity.LightEui}/downlinks",
            new StringContent(examples[2], new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));

        Assert.Equal(
            (HttpStatusCode.NoContent, HttpStatusCode.NoContent, HttpStatusCode.Accepted),
            (chirpStack.StatusCode, thingsStack.StatusCode, downlink.StatusCode));
        Assert.Equal(13_609, await city.ValueAsync("w-1", "volumeLitres"));
        Assert.Equal(70, await city.ValueAsync("l-2", "dimLevelPercent"));
        Assert.Single(network.Received);
    }

    [Fact]
    public void TheShownCodecIsTheOneThatRuns()
    {
        var shown = CSharpBlock().Match(s_document).Groups[1].Value.TrimEnd();

        Assert.Contains(shown, Checkout.Text("tests/DigitalTwin.Gateway.Tests/LoRaWan/ExampleCodec.cs"));
        var decoded = ((IPayloadCodec)new CellarAlarmCodec()).Read(2, "01F7");
        Assert.Equal((true, -9), (decoded.Flag("leakDetected"), decoded.Value("waterTemperatureCelsius")));
        Assert.Contains("1 bytes on port 2", ((IPayloadCodec)new CellarAlarmCodec()).Refuse(2, "01"));
    }

    [Fact]
    public void EveryCodecIsInTheTable()
    {
        foreach (var codec in CodecRegistry.BuiltIn)
            Assert.Contains($"| `{codec.Name}` |", s_document);
    }

    [Fact]
    public void TheLimitsAreThoseOfTheCode()
    {
        var limits = new LoRaWanLimits();
        var table = Checkout.Text("docs/limits.md");

        Assert.Contains($"| {limits.EventBytesMax / 1024} KiB; {limits.PayloadBytesMax} bytes (RP002); 32 |", table);
        Assert.Contains(FormattableString.Invariant(
            $"| {limits.SessionsMax:N0}; {limits.GatewaysShownMax}, {limits.FurtherValuesMax}, {limits.EventIdsKept} |"), table);
        Assert.Contains(FormattableString.Invariant($"| {DecodedUplink.ValuesMax}; {limits.NetworkServersMax}; 256 KiB |"), table);
        Assert.Contains(FormattableString.Invariant($"| {limits.DownlinksKeptMax:N0}; 64 |"), table);
        Assert.Contains(FormattableString.Invariant(
            $"| {limits.DownlinkExpiresAfter.TotalHours} h; {limits.ApiAnswerWithin.TotalSeconds} s; {limits.ApiAnswerBytesMax / 1024} KiB |"), table);
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
