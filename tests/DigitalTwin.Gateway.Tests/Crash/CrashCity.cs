using System.Text.Json;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>
/// A data folder with a city of probes: each has a count that goes up by one with every message and a flag that says
/// whether the count is odd, so that every odd message raises an alarm and every even one ends it.
/// </summary>
internal sealed class CrashCity : IDisposable
{
    public const int Devices = 4;
    public const int ProbesOfDevice = 6;

    private const string Probe = """
        {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Probe;1","@type":"Interface",
         "contents":[{"@type":"Telemetry","name":"count","schema":"double"},
                     {"@type":"Telemetry","name":"odd","schema":"boolean"}]}
        """;

    private const string Rules = """
        {"version":"1","rules":[{"code":"ODD","models":["dtmi:kz:example:Probe;1"],"priority":"journal",
          "text":{"en":"The count is odd","ru":"Нечётное","kk":"Тақ"},
          "when":{"property":"odd","above":0.5,"clearBelow":0.5},
          "source":"this test","status":"assumed","validFrom":"2026-01-01"}]}
        """;

    public CrashCity()
    {
        var kinds = Directory.CreateDirectory(Path.Combine(Folder, "kinds")).FullName;
        File.WriteAllText(Path.Combine(kinds, "Probe.json"), Probe);
        File.WriteAllText(Path.Combine(kinds, "alarm-rules.json"), Rules);
        CityFile.Write(Path.Combine(Folder, CityFile.Name), ApiCity.Definition() with
        {
            Twins =
            [
                .. ApiCity.Definition().Twins,
                .. from device in Enumerable.Range(0, Devices)
                   from probe in ProbesOf(device)
                   select new TwinDefinition
                   {
                       Id = probe, ModelId = "dtmi:kz:example:Probe;1", ParentId = "d-almaly",
                       Position = ApiCity.At(0, 0), DeviceId = DeviceOf(device),
                   },
            ],
        });
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("crash-").FullName;

    public static string DeviceOf(int device) => $"logger-{device}";

    public static IEnumerable<string> ProbesOf(int device) =>
        Enumerable.Range(0, ProbesOfDevice).Select(probe => $"probe-{device}-{probe}");

    /// <summary>The token of a device whose key the host has written out at its first start.</summary>
    public string TokenOf(string deviceId)
    {
        foreach (var line in File.ReadLines(Path.Combine(Folder, "fleet.ndjson")))
        {
            using var device = JsonDocument.Parse(line);
            if (device.RootElement.GetProperty("deviceId").GetString() == deviceId)
                return SasToken.Create(
                    "localhost", deviceId, device.RootElement.GetProperty("primaryKey").GetBytesFromBase64(),
                    DateTimeOffset.UtcNow.AddHours(1));
        }

        throw new InvalidOperationException($"{deviceId} has no key");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
