using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>The codecs that are of no product, and what holds for all. Cayenne vectors: myDevices' packet format.</summary>
public sealed class GenericCodecTests
{
    private const int Mutations = 100_000;

    private readonly CayenneLppCodec _cayenne = new();

    [Theory]
    [InlineData("03670110056700FF", "temperature_3=27.2 temperature_5=25.5")]
    [InlineData("0167FFD7067104D2FB2E0000", "temperature_1=-4.1 accelerometerX_6=1.234 accelerometerY_6=-1.234 accelerometerZ_6=0")]
    [InlineData("018806765ff2960a0003e8", "latitude_1=42.3519 longitude_1=-87.9094 altitude_1=10")]
    [InlineData("026832 0373 2710 046501F4 050001 060201 2C", "humidity_2=25 barometer_3=1000 illuminance_4=500 digitalIn_5=1 analogIn_6=3")]
    public void CayenneValuesAreNamedByTypeAndChannel(string hex, string expected) =>
        Assert.Equal(expected, string.Join(' ', _cayenne.Read(1, hex).Values.Select(value =>
            FormattableString.Invariant($"{value.Name}={value.Value}"))));

    [Theory]
    [InlineData("0199", "0x99 on channel 1")]
    [InlineData("016701", "ends within a value")]
    public void CayenneRefusesWhatIsNotCayenne(string hex, string problem) =>
        Assert.Contains(problem, _cayenne.Refuse(1, hex));

    [Fact]
    public void ADecodedObjectIsTakenByItsPaths()
    {
        var decoded = new NetworkDecodedCodec().Read("""{"air": {"temperature": 21.5}, "door": true, "text": "x", "list": [1]}""");

        Assert.Equal(["air.temperature", "door"], decoded.Values.Select(value => value.Name));
        Assert.Equal(21.5, decoded.Value("air.temperature"));
        Assert.True(decoded.Flag("door"));
    }

    [Fact]
    public void ATwinsOwnWordsRenameAndScale()
    {
        var map = FieldMap.Of("air.temperature = temperatureCelsius; battery=batteryVolts*0.001, door=coverOpen*5");

        Assert.Null(map.Problem);
        Assert.Equal(
            ("temperatureCelsius", 21.5), Of(map.Rename(new DecodedValue("air.temperature", 21.5, null, null, false))));
        Assert.Equal(("batteryVolts", 3.3), Of(map.Rename(new DecodedValue("battery", 3300, null, null, false))));
        Assert.Equal(("coverOpen", 1), Of(map.Rename(new DecodedValue("door", 1, null, null, true))));
        Assert.Equal(("other", 2), Of(map.Rename(new DecodedValue("other", 2, null, null, false))));

        static (string, double) Of(DecodedValue value) => (value.Name, Math.Round(value.Value, 9));
    }

    [Theory]
    [InlineData("temperature")]
    [InlineData("a=b*c")]
    [InlineData("=b")]
    public void AMapThatCannotBeReadSaysWhere(string text) => Assert.Contains($"'{text}'", FieldMap.Of(text).Problem);

    // One payload of each layout; every cut of it and 100,000 seeded changes end in values or a reason, never in a throw.
    [Fact]
    public void NoPayloadMakesACodecThrow()
    {
        (IPayloadCodec Codec, byte FPort, string Hex)[] seeds =
        [
            (new AxiomaW1Codec(), 100, "0ea0355d302935000054c0345de7290000b800b900b800b800b800b900b800b800b800b800b800b800b900b900b900"),
            (new AxiomaW1Codec(), 100, "01aeac986a0032170000" + new string('5', 82)),
            (new AxiomaW1Codec(), 103, "43b1315d30"),
            (new DecentlabPmCodec(), 1, "021b50000f0c25002500270027002701f50107012c012d012d012d67bd618dbd10"),
            (new NasLuminaireCodec(), 24, "DFD41D5E004B041503AEAE05050AFF32030306FF00"),
            (new NasLuminaireCodec(), 25, "04ff0000000000000603151400000000"),
            (new NasLuminaireCodec(), 60, "00020406020C02"),
            (new NasLuminaireCodec(), 61, "84025900e50056"),
            (new CayenneLppCodec(), 1, "018806765ff2960a0003e80167FFD7067104D2FB2E0000"),
        ];
        var random = new Random(20261121);
        var read = 0;
        foreach (var (codec, fPort, hex) in seeds)
        {
            var payload = Convert.FromHexString(hex);
            for (var length = 0; length <= payload.Length; length++)
                Try(codec, fPort, payload.AsSpan(0, length));
            for (var i = 0; i < Mutations / seeds.Length + 1; i++)
            {
                var changed = payload.AsSpan(0, random.Next(payload.Length + 1)).ToArray();
                for (var change = random.Next(4); change > 0 && changed.Length > 0; change--)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                read += Try(codec, random.Next(8) == 0 ? (byte)random.Next(256) : fPort, changed) ? 1 : 0;
            }
        }

        // Both ends are reached: a mutation that is still a payload, and one that is not.
        Assert.InRange(read, Mutations / 100, Mutations * 9 / 10);

        static bool Try(IPayloadCodec codec, byte fPort, ReadOnlySpan<byte> payload)
        {
            var decoded = new DecodedUplink();
            var isRead = codec.TryDecode(fPort, payload, decoded);
            Assert.Equal(isRead, decoded.Problem is null);
            Assert.True(isRead || decoded.Values.Count == 0);
            Assert.All(decoded.Values, value => Assert.True(double.IsFinite(value.Value)));
            return isRead;
        }
    }

    // A codec that says watts for watt-hours would otherwise be found by somebody's bill.
    [Fact]
    public void UnitsAreThoseOfTheKinds()
    {
        var compared = 0;
        Compare("ColdWaterMeter", new AxiomaW1Codec().Read(100, "0ea0355d302935000054c0345de7290000b800").Values);
        Compare("AirQualitySensor", new DecentlabPmCodec().Read(
            1, "021b50000f0c25002500270027002701f50107012c012d012d012d67bd618dbd10").Values);
        Compare("Streetlight", new NasLuminaireCodec().Read(24, "DFD41D5E004B041502AE05050AFF32030306FF00").Values);
        Compare("Streetlight", new NasLuminaireCodec().Read(25, "02821e00201c0000ff324b005fe6").Values);
        Compare("Streetlight", new NasLuminaireCodec().Read(60, "01FE64").Values);
        Compare("Streetlight", new NasLuminaireCodec().Read(60, "00020406020C02").Values);
        Compare("Streetlight", new ZenopixD4iCodec().Read(
            """{"supply_voltage": 230, "dim_value": 75, "operating_time": 1500, "fault_thermal_shutdown": true}""").Values);
        Assert.Equal(21, compared);

        void Compare(string kind, IReadOnlyList<DecodedValue> values)
        {
            var model = ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{kind};1"];
            foreach (var value in values.DistinctBy(value => value.Name))
            {
                if (!model.TryFind(value.Name, out var property))
                    continue;
                Assert.NotEqual(PropertyRole.Computed, property.Role);
                Assert.Equal(property.Schema == ValueSchema.Boolean, value.IsFlag);
                Assert.Equal(property.Unit, value.Unit);
                compared++;
            }
        }
    }
}
