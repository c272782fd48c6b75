using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>Events of both network servers on their way into twins and sessions, over real HTTP.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string PmBase64 = "AhtQAA8MJQAlACcAJwAnAfUBBwEsAS0BLQEtZ71hjb0Q"; // vector 1 of Decentlab

    private LoRaWanCity _city = null!;

    public async Task InitializeAsync() => _city = await LoRaWanCity.StartAsync(codec: new CellarAlarmCodec());

    public async Task DisposeAsync() => await _city.DisposeAsync();

    [Fact]
    public async Task AnUplinkThroughChirpStackFillsItsTwin()
    {
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.MeterEui, 100, NetworkEvents.AxiomaBase64)));

        Assert.Equal(13_609, await _city.ValueAsync("w-1", "volumeLitres"));
        Assert.Equal(1, await _city.ValueAsync("w-1", "leakDetected"));
        Assert.Equal(0, await _city.ValueAsync("w-1", "burstDetected"));
        Assert.Equal(17 + 5, _city.Engine.Counters.ReadingsAdvanced);
    }

    // DL-PM has no clock: the time is the network's. Its codec is named by the device profile.
    [Fact]
    public async Task AnUplinkThroughTheThingsStackFillsItsTwinAtTheNetworksTime()
    {
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.AirEui, 1, PmBase64, profile: "decentlab-dl-pm")));
        Assert.Equal(3.9, await _city.ValueAsync("air-1", "pm10MicrogramsPerCubicMetre"));
        await Taken(_city.ThingsStackAsync("up", NetworkEvents.ThingsStackUplink(
            LoRaWanCity.AirEui, 1, "AhtQAARnvWGN", """
            "version_ids": {"model_id": "decentlab-dl-pm"},
            """)));

        Assert.True(_city.Graph.TryFind("air-1", out var twin));
        var snapshot = await _city.Engine.GetAsync(twin, CancellationToken.None);
        var latest = snapshot.Latest[_city.Graph.ModelOf(twin).SlotOf("temperatureCelsius")];
        Assert.Equal(Decoding.At("2026-11-20T15:15:45.789Z"), latest.MeasuredAt);
    }

    [Fact]
    public async Task WhatTheNetworkServerDecodedReachesTheTwinByName()
    {
        await Taken(_city.ThingsStackAsync("up", NetworkEvents.ThingsStackUplink(LoRaWanCity.ZenopixEui, 8, "AQI=", """
            "decoded_payload": {"supply_voltage": 231.5, "dim_value": 70, "internal_temp": 38, "fault_light_src_failure": true,
              "tilt": 3, "short_address": 1, "message_type": "sensor_data"},
            """)));

        Assert.Equal(231.5, await _city.ValueAsync("l-2", "supplyVoltageVolts"));
        Assert.Equal(70, await _city.ValueAsync("l-2", "dimLevelPercent"));
        Assert.Equal(1, await _city.ValueAsync("l-2", "lampFailure"));
        // Renamed by the twin's lorawanFields.
        Assert.Equal(38, await _city.ValueAsync("l-2", "gearTemperatureCelsius"));
        var session = await _city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.ZenopixEui}");
        Assert.Equal(3, session.GetProperty("values").GetProperty("tiltDegrees").GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task ACodecThatTheCityWasGivenReadsItsDevices()
    {
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink("0000000000000002", 2, "Afc=")));

        Assert.Equal(1, await _city.ValueAsync("w-2", "leakDetected"));
        Assert.Equal(-9, await _city.ValueAsync("w-2", "waterTemperatureCelsius"));
    }

    [Fact]
    public async Task CayenneValuesAreWhatTheTwinSaysTheyAre()
    {
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            "0000000000000004", 5, Convert.ToBase64String(Convert.FromHexString("03670110046832")))));

        Assert.Equal(27.2, await _city.ValueAsync("air-2", "temperatureCelsius"));
        Assert.Equal(25, await _city.ValueAsync("air-2", "relativeHumidityPercent"));
    }

    [Fact]
    public async Task AnEventThatIsSentAgainChangesNothing()
    {
        var body = NetworkEvents.ChirpStackUplink(LoRaWanCity.MeterEui, 100, NetworkEvents.AxiomaBase64);
        await Taken(_city.ChirpStackAsync("up", body));
        // The counters after the state: an answer of the engine comes after everything that was accepted before.
        var state = await StateAsync();
        var before = OfInput();

        await Taken(_city.ChirpStackAsync("up", body));

        Assert.Equal(before, OfInput());
        Assert.Equal(state, await StateAsync());
        Assert.Equal(1, (await Session()).GetProperty("uplinks").GetInt64());

        // After a restart the event is not remembered; the same content at the same times is then known to the engine.
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.MeterEui, 100, NetworkEvents.AxiomaBase64, id: "00000000-0000-0000-0000-000000000000")));
        Assert.Equal(before.ReadingsAdvanced, _city.Engine.Counters.ReadingsAdvanced);
        Assert.Equal(state, await StateAsync());

        // What a second of the city's clock adds by itself may come at any time.
        EngineCounters OfInput() => _city.Engine.Counters with { TwinChanges = 0, AlarmSignals = 0 };

        async Task<string> StateAsync()
        {
            Assert.True(_city.Graph.TryFind("w-1", out var twin));
            return string.Join(' ', (await _city.Engine.GetAsync(twin, CancellationToken.None)).Latest
                .Select(latest => latest.HasValue ? $"{latest.Value}@{latest.MeasuredAt}" : "-"));
        }
    }

    [Fact]
    public async Task ASessionTellsOfJoinFramesBatteryAndGateways()
    {
        await Taken(_city.ChirpStackAsync("join", NetworkEvents.ChirpStackEvent(LoRaWanCity.MeterEui, "\"devAddr\": \"00189440\"")));
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.MeterEui, 100, NetworkEvents.AxiomaBase64)));
        await Taken(_city.ChirpStackAsync("status", NetworkEvents.ChirpStackEvent(
            LoRaWanCity.MeterEui, "\"margin\": 10, \"batteryLevel\": 88.3", id: "status")));
        await Taken(_city.ChirpStackAsync("log", NetworkEvents.ChirpStackEvent(
            LoRaWanCity.MeterEui, """
            "level": "ERROR", "code": "UPLINK_MIC", "description": "MIC of join-request is invalid", "context": {"deduplication_id": "4e91"}
            """, id: "log")));

        var session = await Session();
        Assert.Equal("w-1", session.GetProperty("twin").GetString());
        Assert.Equal("axioma-w1", session.GetProperty("codec").GetString());
        Assert.Equal("chirp", session.GetProperty("networkServer").GetString());
        Assert.Equal("2026-11-20T09:33:28.823+00:00", session.GetProperty("joinedAt").GetString());
        Assert.Equal(7, session.GetProperty("frameCounter").GetInt32());
        Assert.Equal(88.3, session.GetProperty("batteryPercent").GetDouble());
        Assert.Equal(10, session.GetProperty("marginDecibels").GetDouble());
        Assert.Equal("UPLINK_MIC: MIC of join-request is invalid", session.GetProperty("problem").GetString());
        // The gateway that hears it best comes first.
        Assert.Equal(
            [("0016c001f153a14c", -36, 10.5), ("0016c001f153a14d", -110, -4.5)],
            session.GetProperty("gateways").EnumerateArray().Select(gateway => (
                gateway.GetProperty("gatewayId").GetString(),
                gateway.GetProperty("rssiDecibelMilliwatts").GetDouble(), gateway.GetProperty("snrDecibels").GetDouble())));
        Assert.Equal(88.3, await _city.ValueAsync("w-1", "batteryPercent"));
    }

    [Fact]
    public async Task ABatteryThatTheDeviceCannotMeasureIsNotEmpty()
    {
        await Taken(_city.ChirpStackAsync("status", NetworkEvents.ChirpStackEvent(
            LoRaWanCity.MeterEui, "\"margin\": 3, \"externalPowerSource\": true")));

        Assert.Null(await _city.ValueAsync("w-1", "batteryPercent"));
        var session = await Session();
        Assert.Equal(JsonValueKind.Null, session.GetProperty("batteryPercent").ValueKind);
        Assert.True(session.GetProperty("isExternallyPowered").GetBoolean());
    }

    [Fact]
    public async Task AJoinThroughTheThingsStackIsKept()
    {
        await Taken(_city.ThingsStackAsync("join", NetworkEvents.ThingsStackJoin(LoRaWanCity.MeterEui)));

        Assert.Equal("2026-11-20T07:49:09.736+00:00", (await Session()).GetProperty("joinedAt").GetString());
    }

    [Theory]
    [InlineData("00000000000000ff", 100, "unknown-device", "devEui: no twin of the city has it")]
    [InlineData("0000000000000003", 100, "unknown-device", "devEui: both 'w-3' and 'w-4' have it")]
    [InlineData(LoRaWanCity.AirEui, 1, "unknown-field", "lorawanCodec: 'Test device-profile' is none of")]
    [InlineData(LoRaWanCity.MeterEui, 7, "malformed-packet", "axioma-w1: fPort: 7 is none of 100, 101, 103")]
    public async Task WhatTheCityCannotUseIsListedAndToldWithoutAnError(
        string devEui, int fPort, string reason, string detail)
    {
        using var answer = await _city.ChirpStackAsync(
            "up", NetworkEvents.ChirpStackUplink(devEui, fPort, NetworkEvents.AxiomaBase64));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        using var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.False(said.RootElement.GetProperty("taken").GetBoolean());
        Assert.Equal(reason, said.RootElement.GetProperty("reason").GetString());
        var reject = Assert.Single(_city.Rejects.Recent());
        Assert.StartsWith(detail, reject.Detail);
        Assert.Equal(devEui, reject.DeviceId);
        Assert.Equal(0, _city.Engine.Counters.Messages);
    }

    // Fog: the sensor's formula gives 103.9 %. The particles are as good as ever.
    [Fact]
    public async Task AValueThatCannotBeLeavesTheOthers()
    {
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.AirEui, 1, Convert.ToBase64String(Convert.FromHexString("021b50000467bde100")),
            profile: "decentlab-dl-pm")));

        Assert.NotNull(await _city.ValueAsync("air-1", "temperatureCelsius"));
        Assert.Null(await _city.ValueAsync("air-1", "relativeHumidityPercent"));
        Assert.StartsWith("relativeHumidityPercent: 103.86", Assert.Single(_city.Rejects.Recent()).Detail);
    }

    [Fact]
    public async Task AMeterWhoseClockRunsYearsAheadWritesNoRegisterOfTheFuture()
    {
        // 0xf0000000 is in the year 2097.
        await Taken(_city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.MeterEui, 103, Convert.ToBase64String(Convert.FromHexString("000000f001")))));

        Assert.Null(await _city.ValueAsync("w-1", "leakDetected"));
        Assert.All(_city.Rejects.Recent(), reject => Assert.Equal("TimeInFuture", reject.Reason.ToString()));
    }

    [Theory]
    [InlineData("location")]
    [InlineData("integration")]
    public async Task EventsThatAreNothingToTheCityAreNoErrors(string name)
    {
        using var answer = await _city.ChirpStackAsync(name, NetworkEvents.ChirpStackEvent(LoRaWanCity.MeterEui, "\"object\": {}"));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public async Task SessionsAreBoundedAndTheSilentGoFirst()
    {
        await using var small = await LoRaWanCity.StartAsync(limits: new LoRaWanLimits { SessionsMax = 1 });
        using var first = await small.ChirpStackAsync("join", NetworkEvents.ChirpStackEvent(LoRaWanCity.MeterEui, "\"devAddr\": \"01\""));
        using var second = await small.ChirpStackAsync("join", NetworkEvents.ChirpStackEvent(LoRaWanCity.AirEui, "\"devAddr\": \"02\""));

        Assert.Equal(JsonValueKind.Null, (await small.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.MeterEui}")).GetProperty("joinedAt").ValueKind);
        Assert.Equal("02", (await small.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.AirEui}")).GetProperty("devAddr").GetString());
    }

    private Task<JsonElement> Session() => _city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.MeterEui}");

    private static async Task Taken(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }
}
