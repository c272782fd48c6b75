using System.Text.Json;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Api;

/// <summary>Sends one twin.</summary>
internal sealed class TwinResult(CityGraph graph, TwinSnapshot snapshot) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = ApiJson.ContentType;
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, ApiJson.WriterOptions);
        TwinJson.Write(json, graph, snapshot);
        await json.FlushAsync(httpContext.RequestAborted);
    }
}

/// <summary>Sends a page of twins, as far at a time as the client takes it.</summary>
internal sealed class TwinPageResult(CityGraph graph, TwinPage page) : IResult
{
    private const int BytesBetweenFlushes = 32 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ApiJson.ContentType;
        await using var json = new Utf8JsonWriter(response.BodyWriter, ApiJson.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("twins"u8);
        long flushed = 0;
        foreach (var snapshot in page.Twins)
        {
            TwinJson.Write(json, graph, snapshot);
            if (json.BytesCommitted + json.BytesPending - flushed < BytesBetweenFlushes)
                continue;
            json.Flush();
            flushed = json.BytesCommitted;
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }

        json.WriteEndArray();
        if (page.Next.IsNone)
            json.WriteNull("next"u8);
        else
            json.WriteString("next"u8, graph.IdOf(page.Next));
        json.WriteEndObject();
        await json.FlushAsync(httpContext.RequestAborted);
    }
}
