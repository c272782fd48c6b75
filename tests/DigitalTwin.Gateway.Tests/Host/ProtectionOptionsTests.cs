using System.Net;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Host;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>How fast devices may send, and whose connections are not counted, is the operator's to say.</summary>
public sealed class ProtectionOptionsTests
{
    [Fact]
    public void AnotherRateKeepsTheSizeOfAMessage()
    {
        var limits = new ProtectionLimits().At(400);
        Assert.Equal(400, limits.MessagesPerSecond);
        Assert.Equal(4 * 256 * 1024, limits.BytesPerSecond);
        Assert.Equal(4_000, limits.ReadingsPerSecond);
        Assert.Equal(4, limits.ConnectsPerSecond);
    }

    [Fact]
    public void ThisMachineIsNeverCountedWhoeverElseIsNamed()
    {
        Assert.True(ProtectionLimits.TryParseNetworks("10.0.0.0/8, 192.0.2.7,2001:db8::/32", out var networks, out _));
        foreach (var address in (string[])["127.0.0.1", "::1", "10.9.8.7", "192.0.2.7", "2001:db8::5"])
            Assert.Contains(networks, network => network.Contains(IPAddress.Parse(address)));
        foreach (var address in (string[])["192.0.2.8", "11.0.0.1", "2001:db9::5"])
            Assert.DoesNotContain(networks, network => network.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("--device-rate", "0")]
    [InlineData("--device-rate", "many")]
    [InlineData("--uncounted-addresses", "10.0.0.0/99")]
    [InlineData("--uncounted-addresses", "proxy.example")]
    public async Task WhatDoesNotFitIsRefused(string name, string value)
    {
        using var errors = new StringWriter();
        Assert.Equal(2, await ServeCommand.RunAsync([name, value], errors));
        Assert.Contains($"{name}: '{value}'", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--device-rate N ")]
    [InlineData("--uncounted-addresses LIST ")]
    public void TheHelpOfRunNamesIt(string option) =>
        Assert.Contains(option, Checkout.Text("run"), StringComparison.Ordinal);
}
