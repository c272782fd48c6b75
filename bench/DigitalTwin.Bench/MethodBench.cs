using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Bench;

/// <summary>
/// A direct method over loopback: from the service's HTTP request through the gateway to a device over MQTT and back,
/// against an HTTP request that the server answers by itself. Expects <c>./run</c> to have built the server.
/// </summary>
internal static class MethodBench
{
    private const string Device = "method-1";
    private const int WarmUp = 500;

    public static async Task<int> RunAsync(string[] args)
    {
        var calls = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3_000;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            var devices = DeviceRegistry.Open(folder);
            devices.EnsureAll([Device]);
            devices.TryGet(Device, out var identity);
            var policies = new HubPolicies(folder, new GatewayLimits(), TimeProvider.System);
            await using var host = await HostProcess.StartAsync(folder);
            using var device = new TcpClient { NoDelay = true };
            await device.ConnectAsync(IPAddress.Loopback, host.MqttPort);
            var answering = AnswerAsync(device.GetStream(), new DeviceLogin("localhost", Device, identity!.PrimaryKey.ToArray()));
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{host.HttpPort}") };
            http.DefaultRequestHeaders.TryAddWithoutValidation("authorization", SasToken.CreateOfPolicy(
                "localhost", "service", Convert.FromBase64String(policies.KeyOf("service")),
                DateTimeOffset.UtcNow.AddHours(1)));
            // The device may not have subscribed yet; the gateway waits for it.
            var method = new double[calls];
            var plain = new double[calls];
            for (var i = -WarmUp; i < calls; i++)
            {
                // Below the 1,000 a second that services may ask.
                await Task.Delay(2);
                var took = await CallAsync(http);
                var bare = await LookAsync(http);
                if (i >= 0)
                    (method[i], plain[i]) = (took, bare);
            }

            Array.Sort(method);
            Array.Sort(plain);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {Environment.ProcessorCount} cores, {calls:N0} calls one after the other
                direct method, HTTP to device and back   median {At(method, 0.5):N2} ms, p99 {At(method, 0.99):N2} ms
                GET /health/live                         median {At(plain, 0.5):N2} ms, p99 {At(plain, 0.99):N2} ms
                ratio of the medians                     {At(method, 0.5) / At(plain, 0.5):N1}
                """));
            return answering.IsFaulted ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> CallAsync(HttpClient http)
    {
        using var body = new StringContent(
            """{"methodName":"ping","payload":{"n":1},"responseTimeoutInSeconds":10,"connectTimeoutInSeconds":10}""");
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var started = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsync(new Uri($"/twins/{Device}/methods?api-version=2021-04-12", UriKind.Relative), body);
        var said = await answer.Content.ReadAsStringAsync();
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return answer.IsSuccessStatusCode && said.Contains("\"pong\"", StringComparison.Ordinal)
            ? took
            : throw new InvalidOperationException($"{(int)answer.StatusCode} {said}");
    }

    private static async Task<double> LookAsync(HttpClient http)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
        await answer.Content.ReadAsStringAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double At(double[] sorted, double share) => sorted[(int)((sorted.Length - 1) * share)];

    // A device that answers every method with 200; its packets are shorter than 16 KiB.
    private static async Task AnswerAsync(NetworkStream stream, DeviceLogin login)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttPackets.WriteConnect(output, login.ClientId, login.UserName, login.Password(DateTimeOffset.UtcNow), 600);
        MqttPackets.WriteSubscribe(output, "$iothub/methods/POST/#"u8, packetId: 1);
        await stream.WriteAsync(output.WrittenMemory);
        var buffer = new byte[16 * 1024];
        for (ushort packetId = 2; ; packetId = (ushort)(packetId % 60_000 + 2))
        {
            var (header, length) = await NextAsync(stream, buffer);
            if ((header & 0xF0) != MqttPackets.Publish)
                continue;
            var topicLength = BinaryPrimitives.ReadUInt16BigEndian(buffer);
            var topic = Encoding.UTF8.GetString(buffer, 2, Math.Min(topicLength, length - 2));
            output.ResetWrittenCount();
            if ((header & 0x06) != 0)
            {
                output.Write<byte>([MqttPackets.PubAck, 2]);
                output.Write(buffer.AsSpan(2 + topicLength, 2));
            }

            var request = topic[topic.IndexOf("?$rid=", StringComparison.Ordinal)..];
            MqttPackets.WritePublish(
                output, Encoding.UTF8.GetBytes($"$iothub/methods/res/200/{request}"), packetId, "\"pong\""u8, isDuplicate: false);
            await stream.WriteAsync(output.WrittenMemory);
        }
    }

    private static async Task<(byte Header, int Length)> NextAsync(NetworkStream stream, byte[] buffer)
    {
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 2));
        var header = buffer[0];
        var length = buffer[1] & 0x7f;
        for (var shift = 7; (buffer[1] & 0x80) != 0; shift += 7)
        {
            await stream.ReadExactlyAsync(buffer.AsMemory(1, 1));
            length |= (buffer[1] & 0x7f) << shift;
        }

        await stream.ReadExactlyAsync(buffer.AsMemory(0, length));
        return (header, length);
    }
}
