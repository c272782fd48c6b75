using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>Reads a request's body whole, and never more of it than is allowed.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 4 * 1024;

    /// <summary>The body; none where it is longer than allowed.</summary>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellation)
    {
        if (request.ContentLength > bytesMax)
            return null;
        using var body = new MemoryStream((int)Math.Min(request.ContentLength ?? FirstBytes, bytesMax));
        var buffer = new byte[FirstBytes];
        try
        {
            while (true)
            {
                var count = await request.Body.ReadAsync(buffer, cancellation);
                if (count == 0)
                    return body.ToArray();
                if (body.Length + count > bytesMax)
                    return null;
                body.Write(buffer, 0, count);
            }
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }
}
