using DigitalTwin.Simulator.Fleet;
using SimulatorProgram = DigitalTwin.Simulator.Commands.Simulator;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class CommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData("fly")]
    [InlineData("run")]
    [InlineData("run --fleet")]
    [InlineData("run --fleet nowhere.ndjson")]
    [InlineData("run --fleet nowhere.ndjson --speed fast")]
    [InlineData("run --fleet nowhere.ndjson --port 70000")]
    [InlineData("run --fleet nowhere.ndjson --sped 3")]
    [InlineData("replay --fleet nowhere.ndjson")]
    [InlineData("replay a.csv b.csv --fleet nowhere.ndjson")]
    [InlineData("load --fleet nowhere.ndjson --outstanding 17")]
    [InlineData("idle --fleet nowhere.ndjson --rate 3")]
    public async Task WhatIsUnknownOrMissingIsSaidInALineAndExitsWith2(string arguments)
    {
        Assert.Equal(2, await RunAsync(arguments));
        Assert.Single(_errors.ToString().TrimEnd().Split('\n'));
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public async Task HelpNamesEveryCommandAndFault()
    {
        Assert.Equal(0, await RunAsync("run --help"));
        foreach (var word in "run replay load idle leak: burst: lamp-failure: outage: stuck: clock-drift: silence: smog".Split(' '))
            Assert.Contains(word, _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"deviceId":"a","primaryKey":"AAAA"}""")]
    [InlineData("""{"deviceId":"a","primaryKey":"???","twins":[]}""")]
    [InlineData("""{"deviceId":"a","primaryKey":"AAAA","twins":[{"id":"a","model":"m"}]}""")]
    public void ALineOfTheFleetThatIsNoDeviceIsNamedWithoutItsKey(string line)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, $$"""{"deviceId":"b","primaryKey":"AAAA","twins":[]}{{"\n"}}{{line}}""");
            var broken = Assert.Throws<FleetFileException>(() => FleetFile.Read(path));
            Assert.Contains("line 2", broken.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("AAAA", broken.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void TheFleetIsReadAsTheGatewayWritesIt()
    {
        var city = FleetCity.Shared;
        Assert.True(city.Graph.TryFind("m-3-g", out var meter));
        var twin = city.Device("gw-0").Twins.Single(twin => twin.Id == "m-3-g");

        Assert.Equal(32, city.Device("gw-0").Key.Length);
        Assert.Equal(("b-3", "fd-g", 900.0), (twin.ParentId, twin.ServedById, twin.IntervalSeconds));
        Assert.Equal(city.Graph.PositionOf(meter), twin.Position);
        Assert.Equal("official", city.Device("post-01").Twins[0].Attributes["grade"]);
        Assert.Equal(
            city.Graph.All().Count(handle => city.Graph.ModelOf(handle).Id is not ("dtmi:kz:almaty:City;1"
                or "dtmi:kz:almaty:District;1" or "dtmi:kz:almaty:Building;1")),
            city.Fleet.Sum(device => device.Twins.Count));
    }

    private Task<int> RunAsync(string arguments) =>
        SimulatorProgram.RunAsync(arguments.Split(' '), _output, _errors, CancellationToken.None);
}
