using System.Net;
using DigitalTwin.Silo.Orleans.Hosting;
using Microsoft.Extensions.Configuration;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>What docs/operations.md says of a silo's environment.</summary>
public sealed class SiloSettingsTests
{
    [Fact]
    public void TheEnvironmentOfTheAzureDeploymentIsUnderstood()
    {
        var settings = Read(
            ("Orleans:Clustering", "azure-storage"), ("Orleans:TableEndpoint", "https://city.table.core.windows.net/"),
            ("Orleans:GrainStorage", "postgres"), ("Orleans:AdvertisedIPAddress", "10.0.4.7"),
            ("Orleans:AdvertisedSiloPort", "11201"), ("Postgres:Hosts", "a,b"), ("Postgres:Authentication", "entra"),
            ("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555"), ("DigitalTwin:HealthPort", "8081"));

        Assert.Equal((Clustering.AzureStorage, GrainStorage.Postgres), (settings.Clustering, settings.GrainStorage));
        Assert.Equal("city.table.core.windows.net", settings.TableEndpoint!.Host);
        Assert.Equal((IPAddress.Parse("10.0.4.7"), 11_201, 11_111), (
            settings.AdvertisedAddress, settings.AdvertisedSiloPort, settings.SiloPort));
        Assert.True(settings.PostgresByIdentity);
        Assert.Equal(8_081, settings.HealthPort);
    }

    [Theory]
    [InlineData("Orleans:Clustering", "consul")]
    [InlineData("Orleans:GrainStorage", "disk")]
    [InlineData("Orleans:TableEndpoint", "city table")]
    [InlineData("Orleans:SiloPort", "70000")]
    [InlineData("Postgres:Authentication", "password")]
    public void WhatDoesNotFitIsRefusedByName(string name, string value)
    {
        var refusal = Assert.Throws<FormatException>(() => Read((name, value)));

        Assert.Contains(name.Replace(":", "__", StringComparison.Ordinal), refusal.Message, StringComparison.Ordinal);
    }

    private static SiloSettings Read(params (string Name, string Value)[] settings) => SiloSettings.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(
            setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build());
}
