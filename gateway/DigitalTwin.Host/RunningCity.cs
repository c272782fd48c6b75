using DigitalTwin.Gateway.Provisioning;

namespace DigitalTwin.Host;

/// <summary>How a command asks the city that has the data folder: with keys that are in the folder.</summary>
internal sealed class RunningCity : IDisposable
{
    private readonly string _data;
    private readonly string _operationsKey;
    private readonly HttpClient _http;

    private RunningCity(string data, OperationsAddress address)
    {
        (_data, _operationsKey) = (data, address.Key);
        _http = new HttpClient { BaseAddress = address.Url, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="IOException">No city that answers has the folder.</exception>
    public static RunningCity In(string data) => OperationsAddress.Read(data) is { } address
        ? new RunningCity(data, address)
        : throw new IOException($"The city in {data} is just starting, or another program has the folder.");

    /// <summary>As a service asks it; the answer is there as a whole.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Authorization", StoppedProvisioning.ServiceTokenOf(_data));
        return _http.SendAsync(request);
    }

    /// <summary>As only who may read the folder asks it; the answer's content is still on its way.</summary>
    public Task<HttpResponseMessage> OperateAsync(HttpRequestMessage request)
    {
        request.Headers.Add(OperationsAddress.KeyHeader, _operationsKey);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public void Dispose() => _http.Dispose();
}
