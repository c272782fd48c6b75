using Microsoft.Extensions.Configuration;

namespace DigitalTwin.Gateway.Azure.Tests;

/// <summary>What the environment says, and what it may not say.</summary>
public sealed class AzureSettingsTests
{
    [Fact]
    public void WhatIsNotNamedIsNotUsed()
    {
        var settings = Read();
        Assert.Null(settings.EventHubsNamespace);
        Assert.Null(settings.RedisEndpoint);
        Assert.Empty(settings.IotHubHosts);
    }

    [Fact]
    public void HubsAreAListAndRedisSaysHowItIsMet()
    {
        var settings = Read(
            ("IotHub:Hosts", "a.azure-devices.net, b.azure-devices.net"), ("Redis:Endpoint", "r:10000"),
            ("Redis:Authentication", "entra"), ("EventHubs:CheckpointsUri", "https://s.blob.core.windows.net/checkpoints"));
        Assert.Equal(["a.azure-devices.net", "b.azure-devices.net"], settings.IotHubHosts);
        Assert.True(settings.RedisByIdentity);
        Assert.Equal("/checkpoints", settings.CheckpointsUri!.AbsolutePath);
        Assert.Equal("$Default", settings.ConsumerGroup);
    }

    [Theory]
    [InlineData("Redis:Authentication", "password")]
    [InlineData("EventHubs:CheckpointsUri", "checkpoints")]
    public void ASettingThatDoesNotFitIsNamed(string name, string value)
    {
        var refusal = Assert.Throws<FormatException>(() => Read((name, value)));
        Assert.StartsWith(name.Replace(":", "__", StringComparison.Ordinal), refusal.Message, StringComparison.Ordinal);
    }

    private static AzureSettings Read(params (string Name, string Value)[] settings) =>
        AzureSettings.From(new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))).Build());
}
