using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Api;

/// <summary>
/// Answers a question as its pages are read: what waits is one page and what the connection has not taken yet. Where
/// the store fails on the way the connection is cut, so an answer without its end is not whole.
/// </summary>
internal sealed class HistoryStream(HistoryRequest request, IHistory history, CityGraph graph, HistoryGate gate) : IResult
{
    // Before so much is gathered, a packet is hardly filled.
    private const int FlushBytes = 16 * 1024;

    private const int RowsPerFlush = 512;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (!gate.TryEnter())
        {
            await Busy(httpContext.Response).ExecuteAsync(httpContext);
            return;
        }

        try
        {
            await WriteAsync(httpContext.Response, httpContext.RequestAborted);
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>429: as many questions as may be are being answered.</summary>
    public static IResult Busy(HttpResponse response)
    {
        response.Headers.RetryAfter = $"{HistoryGate.RetryAfterSeconds}";
        return TypedResults.Problem(
            $"{HistoryGate.QuestionsMax} large questions to history are being answered; ask again in a moment",
            statusCode: StatusCodes.Status429TooManyRequests);
    }

    private async Task WriteAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        var writer = HistoryRowWriter.Of(request.Format, graph);
        var output = response.BodyWriter;
        response.ContentType = writer.ContentType;
        writer.Begin(output);
        var (count, next) = (0, (HistoryRow?)null);
        await using var pages = new HistoryRows(history, graph).ReadAsync(request, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (next is null)
        {
            var more = pages.MoveNextAsync();
            // What is there goes out before the store is waited for.
            if (!more.IsCompleted)
                await output.FlushAsync(cancellationToken);
            if (!await more)
                break;
            var page = pages.Current;
            var told = Math.Min(page.Length, request.Limit - count);
            next = told < page.Length ? page[told] : null;
            count += told;
            for (var at = 0; at < told; at += RowsPerFlush)
            {
                writer.Rows(output, page.AsSpan(at..Math.Min(told, at + RowsPerFlush)));
                if (told - at >= RowsPerFlush || output.UnflushedBytes > FlushBytes)
                    await output.FlushAsync(cancellationToken);
            }
        }

        writer.End(output, count, next);
        await output.FlushAsync(cancellationToken);
    }
}
