using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Host;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A supervisor from another machine asks for health on a port of its own, and gets nothing else there.</summary>
public sealed class HealthPortTests : IDisposable
{
    private static readonly string[] s_otherPaths =
        ["/", "/metrics", "/api/v1/ingest/rejects", "/health", "/hub/city", "/devices/a/messages/events", "/$iothub/websocket"];

    private readonly string _data = Directory.CreateTempSubdirectory("health-port-").FullName;

    public HealthPortTests() => CityFile.Write(Path.Combine(_data, CityFile.Name), ApiCity.Definition());

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task ItAnswersASupervisorOfAnotherMachineWithHealthAlone()
    {
        var healthPort = LoopbackPort.Free();
        await using var host = await HostProcess.StartAsync(
            _data, LoopbackPort.Free(), mqttPort: 0,
            "--health-port", healthPort.ToString(CultureInfo.InvariantCulture));
        // An orchestrator asks at the address that it gave, under whatever name.
        using var supervisor = new HttpClient { BaseAddress = new Uri($"http://{OwnAddress()}:{healthPort}") };
        supervisor.DefaultRequestHeaders.Host = "10.40.2.7:8081";

        Assert.Contains("\"live\"", await supervisor.GetStringAsync("/health/live"), StringComparison.Ordinal);
        Assert.Contains("\"ready\"", await supervisor.GetStringAsync("/health/ready"), StringComparison.Ordinal);
        foreach (var path in s_otherPaths)
        {
            using var answer = await supervisor.GetAsync(path);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
        }

        using var post = await supervisor.PostAsync("/health/live", content: null);
        Assert.Equal(HttpStatusCode.NotFound, post.StatusCode);
        // The page stays where it is.
        using var page = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = "10.40.2.7:8081" } };
        using var refused = await host.Http.SendAsync(page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("health")]
    public async Task APortThatIsNoneIsRefused(string port)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await ServeCommand.RunAsync(["--health-port", port], errors));

        Assert.Equal(
            $"--health-port: '{port}' is not a whole number from 1 to 65535{Environment.NewLine}", errors.ToString());
    }

    // Where a machine has no other address than loopback, that one has to do.
    private static IPAddress OwnAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
        ?? IPAddress.Loopback;
}
