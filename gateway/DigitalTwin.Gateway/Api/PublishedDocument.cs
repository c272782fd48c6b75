using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace DigitalTwin.Gateway.Api;

/// <summary>A document that stays as it is while the server runs: made once, hashed once and compressed once.</summary>
internal sealed class PublishedDocument : IResult
{
    // Quality 5 of 11: a scene of 100,000 twins takes a tenth of a second; 11 takes minutes for a tenth less.
    private const int BrotliQuality = 5;
    private const int BrotliWindowBits = 22;

    private readonly byte[] _plain;
    private readonly Lazy<byte[]> _brotli;
    private readonly string _contentType;
    private readonly EntityTagHeaderValue _plainTag;
    private readonly EntityTagHeaderValue _brotliTag;

    public PublishedDocument(byte[] plain, string contentType)
    {
        _plain = plain;
        _brotli = new Lazy<byte[]>(() => Compress(plain));
        _contentType = contentType;
        var hash = Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 16));
        // RFC 9110 §8.8.3.3: strong tags of two codings of the same document differ.
        _plainTag = new EntityTagHeaderValue($"\"{hash}\"");
        _brotliTag = new EntityTagHeaderValue($"\"{hash}-br\"");
    }

    /// <summary>Compresses now what the first request would wait for.</summary>
    public void Compress() => _ = _brotli.Value;

    [SuppressMessage("Design", "CA1062", Justification = "Called by the framework.")]
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var request = httpContext.Request.GetTypedHeaders();
        var response = httpContext.Response;
        var brotli = AcceptsBrotli(request);
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        // It may be another one after the next start: kept, but asked for again.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = (brotli ? _brotliTag : _plainTag).ToString();
        if (IsHeld(request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        var body = brotli ? _brotli.Value : _plain;
        if (brotli)
            response.Headers.ContentEncoding = "br";
        response.ContentType = _contentType;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, 0, body.Length, httpContext.RequestAborted);
    }

    // RFC 9110 §13.1.2: If-None-Match compares weakly, so the tag of either coding will do.
    private bool IsHeld(RequestHeaders request)
    {
        foreach (var tag in request.IfNoneMatch)
            if (tag.Equals(EntityTagHeaderValue.Any)
                || tag.Compare(_plainTag, useStrongComparison: false)
                || tag.Compare(_brotliTag, useStrongComparison: false))
                return true;
        return false;
    }

    // RFC 9110 §12.5.3: a coding's own weight goes before that of "*".
    private static bool AcceptsBrotli(RequestHeaders request)
    {
        var accepted = false;
        foreach (var coding in request.AcceptEncoding)
        {
            var welcome = coding.Quality is not 0;
            if (coding.Value.Equals("br", StringComparison.OrdinalIgnoreCase))
                return welcome;
            if (coding.Value == "*")
                accepted = welcome;
        }

        return accepted;
    }

    private static byte[] Compress(byte[] plain)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(plain.Length)];
        return BrotliEncoder.TryCompress(plain, compressed, out var written, BrotliQuality, BrotliWindowBits)
            ? compressed[..written]
            : throw new System.Diagnostics.UnreachableException("the greatest compressed length was too short");
    }
}
