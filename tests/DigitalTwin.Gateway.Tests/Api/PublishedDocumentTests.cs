using System.IO.Compression;
using System.Net;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>What does not change is compressed and validated (RFC 9110 §8.8, §12.5.3, §13.1.2).</summary>
public sealed class PublishedDocumentTests(ApiServer server) : IClassFixture<ApiServer>
{
    public static TheoryData<string> Paths => new(
        "/api/v1/scene/streetlight", "/api/v1/scene/ground", "/api/v1/city", "/api/v1/models",
        "/api/v1/models/Building.json");

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WhoHoldsItIsNotSentItAgain(string path)
    {
        using var first = await Get(path);
        var tag = first.Headers.ETag!.ToString();

        foreach (var held in (string[])[tag, $"W/{tag}", $"\"other\", {tag}", "*"])
        {
            using var again = await Get(path, ifNoneMatch: held);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag!.ToString());
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }

        using var other = await Get(path, ifNoneMatch: "\"other\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task BrotliCarriesTheSameBytesUnderAnotherTag(string path)
    {
        using var plain = await Get(path);
        using var packed = await Get(path, acceptEncoding: "gzip, br");

        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal(["br"], packed.Content.Headers.ContentEncoding);
        Assert.NotEqual(plain.Headers.ETag, packed.Headers.ETag);
        Assert.Equal(["Accept-Encoding"], plain.Headers.Vary);
        Assert.Equal(["Accept-Encoding"], packed.Headers.Vary);
        Assert.Equal(plain.Content.Headers.ContentType, packed.Content.Headers.ContentType);
        using var unpacked = new MemoryStream();
        var body = await packed.Content.ReadAsStreamAsync();
        await using (var brotli = new BrotliStream(body, CompressionMode.Decompress))
            await brotli.CopyToAsync(unpacked);
        var expected = await plain.Content.ReadAsByteArrayAsync();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, unpacked.ToArray());
        using var again = await Get(path, "br", packed.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Theory]
    [InlineData("br", true)]
    [InlineData("br;q=0.1, gzip", true)]
    [InlineData("*", true)]
    [InlineData("gzip", false)]
    [InlineData("br;q=0", false)]
    [InlineData("br;q=0, *", false)]
    [InlineData("*;q=0", false)]
    [InlineData("identity", false)]
    public async Task BrotliIsSentToThoseWhoTakeIt(string acceptEncoding, bool packed)
    {
        using var response = await Get("/api/v1/scene/building", acceptEncoding);

        Assert.Equal(packed ? ["br"] : [], response.Content.Headers.ContentEncoding);
    }

    private async Task<HttpResponseMessage> Get(string path, string? acceptEncoding = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (acceptEncoding is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding);
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await server.Client.SendAsync(request);
    }
}
