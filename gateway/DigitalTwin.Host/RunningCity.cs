using DigitalTwin.Gateway.Provisioning;

namespace DigitalTwin.Host;

/// <summary>How a command asks the city that has the data folder: with keys that are in the folder.</summary>
internal static class RunningCity
{
    /// <exception cref="IOException">No city that answers has the folder.</exception>
    public static async Task<HttpResponseMessage> SendAsync(string data, HttpRequestMessage request)
    {
        if (OperationsAddress.Read(data) is not { } address)
            throw new IOException($"The city in {data} is just starting, or another program has the folder.");
        using var http = new HttpClient { BaseAddress = address.Url, Timeout = Timeout.InfiniteTimeSpan };
        request.Headers.TryAddWithoutValidation("Authorization", StoppedProvisioning.ServiceTokenOf(data));
        return await http.SendAsync(request);
    }
}
