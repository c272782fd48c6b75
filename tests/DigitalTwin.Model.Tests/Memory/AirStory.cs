using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Memory;

/// <summary>One thing that happens to one of the sensors; a null pollutant is a value of humidity.</summary>
internal readonly record struct AirEvent(int Sensor, Pollutant? Pollutant, double Value, Instant At, bool IsLate);

/// <summary>The sensors of a story side by side, with nothing around them but each other.</summary>
internal sealed class AirPosts
{
    private readonly AirSensor[] _sensors;
    private readonly AirNetwork _network = new();

    public AirPosts(TimeSpan interval)
    {
        Dictionary<string, string>[] attributes =
        [
            new() { ["grade"] = "official" }, new() { ["grade"] = "official" }, new() { ["grade"] = "official" },
            new() { ["grade"] = "official" }, new() { ["correctionModel"] = "barkjohn-2021" }, new(),
        ];
        _sensors = [.. attributes.Select((known, i) => new AirSensor(
            new TwinHandle(i), TwinHandle.None, $"post-{i}", known, interval, _network))];
    }

    public static int Count => 6;

    public AirNetwork Network => _network;

    public AirSensor this[int sensor] => _sensors[sensor];

    /// <summary>As the rules of an air sensor do it: late values make no indices, refused ones neither.</summary>
    public AirSample? Take(in AirEvent happened)
    {
        var sensor = _sensors[happened.Sensor];
        if (happened.Pollutant is not { } pollutant)
        {
            sensor.State.ObserveHumidity(happened.Value, happened.At);
            return null;
        }

        var sample = sensor.Observe(pollutant, happened.Value, happened.At);
        if (happened.IsLate)
            return sample;
        sensor.CountRefusals(pollutant, isRefused: sample.Quality == Quality.Bad);
        if (sample.Quality != Quality.Bad)
            sensor.Indices = sensor.State.IndicesAt(happened.At);
        return sample;
    }

    public byte[] Written() => [.. _sensors.SelectMany(sensor => MemoryBytes.Of(sensor.Write))];

    public void Read(byte[] written)
    {
        var reader = new MemoryReader(written);
        foreach (var sensor in _sensors)
            sensor.Read(ref reader);
        Assert.True(reader.IsAtEnd);
    }
}

/// <summary>A seeded course of events at six sensors, independent of what the sensors make of it.</summary>
internal sealed class AirStory
{
    private static readonly Instant s_start = Instant.Utc(2026, 10, 20);

    private readonly Random _random;
    private readonly Pollutant[] _pollutants;
    private readonly double _level;
    private double _held = 40;

    public AirStory(int seed)
    {
        _random = new Random(seed);
        Interval = TimeSpan.FromMinutes(_random.Next(3) switch { 0 => 5, 1 => 20, _ => 60 });
        _pollutants = [Pollutant.Pm25, .. Pollutants.All.Where(_ => _random.Next(6) == 0)];
        _level = Math.Exp(3 + 2 * _random.NextDouble());
        Now = s_start.Plus(TimeSpan.FromMinutes(_random.Next(100_000)));
    }

    public TimeSpan Interval { get; }

    public Instant Now { get; private set; }

    public IEnumerable<AirEvent> Next(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Now = Now.Plus(Interval.Multiply(0.9 + 0.2 * _random.NextDouble()).Add(Gap()));
            for (var sensor = 0; sensor < AirPosts.Count; sensor++)
            {
                if (_random.Next(3) == 0)
                    yield return new(sensor, null, 100 * _random.NextDouble(), Now, IsLate: false);
                foreach (var pollutant in _pollutants.Distinct())
                    if (_random.Next(10) > 0)
                        yield return new(sensor, pollutant, Value(sensor), Now, IsLate: false);
                if (_random.Next(8) == 0)
                    yield return new(sensor, _pollutants[0], Value(sensor), Now.Plus(-Lateness()), IsLate: true);
            }
        }
    }

    private TimeSpan Gap() => _random.Next(300) switch
    {
        0 => TimeSpan.FromDays(40 * _random.NextDouble()),
        < 4 => TimeSpan.FromHours(60 * _random.NextDouble()),
        _ => TimeSpan.Zero,
    };

    private TimeSpan Lateness() => _random.Next(3) switch
    {
        0 => TimeSpan.FromMinutes(20 * _random.NextDouble()),
        1 => TimeSpan.FromHours(4 * _random.NextDouble()),
        _ => TimeSpan.FromHours(60 * _random.NextDouble()),
    };

    // The second sensor repeats its value for days, the third flickers around one, the fourth has other units at times.
    private double Value(int sensor)
    {
        if (_random.Next(200) == 0)
            _held = 20 + 40 * _random.NextDouble();
        return (_random.Next(60), sensor) switch
        {
            (0, _) => -3,
            (1, _) => double.NaN,
            (2, _) => 1e7 * _random.NextDouble(),
            (3, _) => 20 * _level,
            (4, _) => -0.0,
            (_, 1) => _held,
            (_, 2) => _held + 0.1 * _random.NextDouble(),
            ( < 15, 3) => 1000 * _level,
            _ => _level * Math.Exp(
                0.5 * _random.NextDouble() + Math.Sin(Now.UnixMilliseconds / 86_400_000.0 * Math.Tau)),
        };
    }
}
