using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class CitySimulationTests
{
    private static readonly FleetCity s_city = FleetCity.Shared;

    // Noon in Almaty.
    private static readonly Instant s_winterNoon = Instant.Utc(2027, 1, 20, 7);

    private static readonly string[] s_registers =
        ["activeEnergyImportWattHours", "volumeLitres", "heatEnergyWattHours", "burningHours"];

    [Fact]
    public void TheSameSeedAndInstantGiveTheSameBytesWhateverWasAskedBefore()
    {
        var one = new CitySimulation(s_city.Fleet, seed: 7);
        var other = new CitySimulation(s_city.Fleet, seed: 7);
        _ = Messages(one, s_winterNoon.Plus(TimeSpan.FromDays(100)));

        Assert.Equal(Messages(one, s_winterNoon), Messages(other, s_winterNoon));
        Assert.NotEqual(
            Messages(one, s_winterNoon), Messages(new CitySimulation(s_city.Fleet, seed: 8), s_winterNoon));
    }

    [Fact]
    public void TheGatewayTakesEveryMessageOfAYearAndEveryValueIsWithinItsLimits()
    {
        var simulation = new CitySimulation(s_city.Fleet, seed: 1);
        var reader = new TelemetryReader(s_city.Graph, new GatewayLimits());
        var reports = s_city.Fleet.SelectMany(device => DeviceReport.Of(device, simulation)).ToArray();
        var twins = new HashSet<string>();
        for (var time = s_winterNoon; time < s_winterNoon.Plus(TimeSpan.FromDays(366)); time = time.Plus(TimeSpan.FromMinutes(437)))
        {
            var batch = TelemetryBatch.Rent(time);
            foreach (var report in reports)
                foreach (var message in report.Compose(simulation, time, time))
                {
                    var result = reader.Read(message, Speaker.Of(s_city.Graph, report.Device.Id), null, batch);
                    Assert.True(result.IsAccepted, $"{result.Reason}: {Encoding.UTF8.GetString(message)}");
                }

            foreach (var reading in batch.Readings)
            {
                var property = s_city.Graph.ModelOf(reading.Twin).Slots[reading.Slot];
                Assert.InRange(reading.Value, property.Minimum, property.Maximum);
                Assert.Equal(time, reading.MeasuredAt);
                twins.Add(s_city.Graph.IdOf(reading.Twin));
            }

            batch.Return();
        }

        Assert.Equal(simulation.Count, twins.Count);
        Assert.Equal(s_city.Fleet.Sum(device => device.Twins.Count), twins.Count);
    }

    [Fact]
    public void RegistersNeverDecreaseAndGrowByTheRate()
    {
        var simulation = new CitySimulation(s_city.Fleet, seed: 1);
        simulation.Add(new FaultRequest(FaultKind.Outage, "fd-e", 60), s_winterNoon.Plus(TimeSpan.FromHours(3)), s_winterNoon.Plus(TimeSpan.FromHours(5)));
        simulation.Add(new FaultRequest(FaultKind.Leak, "m-1-c", 60), s_winterNoon.Plus(TimeSpan.FromHours(2)), s_winterNoon.Plus(TimeSpan.FromHours(4)));
        simulation.Add(new FaultRequest(FaultKind.Stuck, "m-2-g", 60), s_winterNoon.Plus(TimeSpan.FromHours(2)), s_winterNoon.Plus(TimeSpan.FromHours(4)));
        var highest = new Dictionary<(string, string), double>();
        for (var minute = 0; minute < 4 * 24 * 60; minute += 3)
            foreach (var signal in simulation.Signals)
            {
                var values = Values(signal, s_winterNoon.Plus(TimeSpan.FromMinutes(minute)));
                foreach (var register in s_registers.Where(values.ContainsKey))
                {
                    var before = highest.GetValueOrDefault((signal.Twin.Id, register));
                    Assert.True(values[register] >= before, $"{signal.Twin.Id} {register}: {before} → {values[register]}");
                    highest[(signal.Twin.Id, register)] = values[register];
                }
            }

        Assert.Equal(9 * 5 + 1 + 6 + 1, highest.Count);
    }

    [Theory]
    [InlineData("m-3-e")]
    [InlineData("m-3-c")]
    [InlineData("m-3-t")]
    public void AMonthsRateAddsUpToTheRegister(string twin)
    {
        var meter = (MeterSignal)new CitySimulation(s_city.Fleet, seed: 1).Find(twin)!;
        var used = 0.0;
        const int Minutes = 30 * 24 * 60;
        for (var minute = 0; minute < Minutes; minute += 2)
            used += meter.RateAt(s_winterNoon.Plus(TimeSpan.FromMinutes(minute))) * 2 / 60;
        var register = meter.RegisterAt(s_winterNoon.Plus(TimeSpan.FromMinutes(Minutes))) - meter.RegisterAt(s_winterNoon);

        Assert.InRange(used / register, 0.95, 1.05);
    }

    [Fact]
    public void TheDayHasItsShape()
    {
        var simulation = new CitySimulation(s_city.Fleet, seed: 1);
        var midnight = Instant.Utc(2027, 1, 19, 19); // Tuesday the 20th begins in Almaty
        double At(string twin, string value, double hour) =>
            Enumerable.Range(0, 14).Average(day =>
                Values(simulation.Find(twin)!, midnight.Plus(TimeSpan.FromDays(day) + TimeSpan.FromHours(hour)))[value]);

        Assert.True(At("fd-e", "activePowerWatts", 19.5) > 2 * At("fd-e", "activePowerWatts", 4));
        Assert.True(At("fd-c", "flowLitresPerHour", 7.5) > 5 * At("fd-c", "flowLitresPerHour", 3));
        Assert.True(At("post-01", "pm25MicrogramsPerCubicMetre", 19) > 1.5 * At("post-01", "pm25MicrogramsPerCubicMetre", 6));
        Assert.Equal(0, At("cab-0", "contactorClosed", 13));
        Assert.Equal(1, At("cab-0", "contactorClosed", 20));
        Assert.Equal(50, Values(simulation.Find("l-0")!, midnight.Plus(TimeSpan.FromHours(3)))["requestedDimPercent"]);
        Assert.Equal(100, Values(simulation.Find("l-0")!, midnight.Plus(TimeSpan.FromHours(19)))["requestedDimPercent"]);
    }

    [Fact]
    public void HeatIsForWinterAndSmogToo()
    {
        var simulation = new CitySimulation(s_city.Fleet, seed: 1);
        double Mean(string twin, string value, Instant from) => Enumerable.Range(0, 200).Average(
            step => Values(simulation.Find(twin)!, from.Plus(TimeSpan.FromHours(3.7 * step)))[value]);
        var july = Instant.Utc(2027, 7, 1);

        Assert.Equal(0, Mean("m-0-t", "heatPowerWatts", july));
        Assert.True(Mean("m-0-t", "heatPowerWatts", s_winterNoon) > 1_000);
        Assert.InRange(Mean("post-01", "pm25MicrogramsPerCubicMetre", s_winterNoon), 25, 110);
        Assert.InRange(Mean("post-01", "pm25MicrogramsPerCubicMetre", july), 4, 20);
        Assert.InRange(Mean("post-01", "temperatureCelsius", july), 18, 32);
    }

    [Fact]
    public void AFeederCarriesWhatItServesAndItsLosses()
    {
        var simulation = new CitySimulation(s_city.Fleet, seed: 1);
        var served = simulation.Signals.OfType<MeterSignal>()
            .Where(meter => meter.Twin.ServedById == "fd-e").Sum(meter => meter.RateAt(s_winterNoon))
            + ((CabinetSignal)simulation.Find("cab-0")!).PowerAt(s_winterNoon);

        Assert.InRange(Values(simulation.Find("fd-e")!, s_winterNoon)["activePowerWatts"], served * 1.04, served * 1.08);
    }

    private static List<byte[]> Messages(CitySimulation simulation, Instant time) =>
        [.. s_city.Fleet.SelectMany(device => DeviceReport.Of(device, simulation))
            .SelectMany(report => report.Compose(simulation, time, time))];

    /// <summary>What a signal writes, booleans as 0 and 1.</summary>
    internal static Dictionary<string, double> Values(Signal signal, Instant time)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            signal.Write(json, time);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(output.WrittenMemory);
        return document.RootElement.EnumerateObject().ToDictionary(
            value => value.Name,
            value => value.Value.ValueKind == JsonValueKind.Number ? value.Value.GetDouble()
                : value.Value.ValueKind == JsonValueKind.True ? 1 : 0);
    }
}
