using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Host;
using DigitalTwin.Silo.Storage;
using Xunit.Abstractions;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>
/// The host is killed with SIGKILL under load, at seeded instants, and started again on what it left: whatever it
/// acknowledged is there, once. <c>CRASH_LIVES</c> says how many lives, <c>CRASH_SEED</c> which.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int LivesByDefault = 100;
    private const int Harnesses = 2;

    [Fact]
    public async Task WhateverWasAcknowledgedIsThereOnceAfterEveryKill()
    {
        var lives = Number("CRASH_LIVES", LivesByDefault);
        var seed = Number("CRASH_SEED", 1);
        var clock = Stopwatch.StartNew();
        var cities = Enumerable.Range(0, Harnesses).Select(city => new CrashLives(seed * Harnesses + city)).ToArray();
        try
        {
            await Task.WhenAll(cities.Select(city => city.RunAsync((lives + Harnesses - 1) / Harnesses)));
        }
        finally
        {
            foreach (var city in cities)
                city.Dispose();
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{cities.Sum(city => city.Killed)} kills: {cities.Sum(city => city.KilledWhileStarting)} before it was ready, "
            + $"{cities.Sum(city => city.KilledInSnapshot)} in a snapshot, "
            + $"{cities.Sum(city => city.KilledAtHistoryWrite)} at a write to history; "
            + $"{cities.Sum(city => city.Sent)} messages, {cities.Sum(city => city.Resent)} sent again; "
            + $"{clock.Elapsed.TotalSeconds:F0} s, {cities.Sum(city => city.Starting.TotalSeconds):F0} s of {Harnesses} "
            + $"cities until they were ready"));
        Assert.True(cities.Sum(city => city.Resent) > 0, "nothing was ever on its way at a kill");
        if (lives >= LivesByDefault)
        {
            Assert.True(cities.Sum(city => city.KilledInSnapshot) > 0, "no kill fell into a snapshot");
            Assert.True(cities.Sum(city => city.KilledAtHistoryWrite) > 0, "no kill fell into history's writing");
        }
    }

    [Theory]
    [InlineData("journal")]
    [InlineData("alarms")]
    public async Task AFolderThatCannotBeWrittenKeepsTheCityDownAndIsNamed(string name)
    {
        var data = Directory.CreateTempSubdirectory("unwritable-").FullName;
        try
        {
            CityFile.Write(Path.Combine(data, CityFile.Name), ApiCity.Definition());
            // A file in its place: permissions do not bind whoever is root.
            File.WriteAllText(Path.Combine(data, name), "");
            using var errors = new StringWriter();

            Assert.Equal(1, await ServeCommand.RunAsync(["--data", data, "--web", data, "--port", "0",
                "--mqtt-port", "0", "--mqtts-port", "0", "--https-port", "0"], errors));
            Assert.Contains(Path.Combine(data, name), errors.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
