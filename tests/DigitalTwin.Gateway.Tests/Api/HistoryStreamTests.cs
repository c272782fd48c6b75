using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>An answer goes out as it is read, no faster than it is taken, and no longer than somebody listens.</summary>
public sealed class HistoryStreamTests
{
    private const string Asked = """
        {"twins":["l-000"],"properties":["activePowerWatts"],"limit":5000000,
         "from":"2026-11-20T00:00:00Z","to":"2026-11-22T00:00:00Z"}
        """;

    private static readonly Instant s_now = Instant.Utc(2026, 11, 21);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TheFirstRowIsThereBeforeTheSecondPageIsRead()
    {
        var second = new TaskCompletionSource();
        await using var server = await HistoryServer.StartAsync(s_now, new HistoryDouble((query, _) => Pages(query)));
        using var response = await server.PostAsync(Asked, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(
            "\"at\":\"2026-11-20T00:00:00+00:00\"", await reader.ReadLineAsync().WaitAsync(s_patience), StringComparison.Ordinal);
        second.SetResult();
        var rest = await reader.ReadToEndAsync().WaitAsync(s_patience);
        Assert.Contains("\"at\":\"2026-11-21T00:00:00+00:00\"", rest, StringComparison.Ordinal);
        Assert.EndsWith("{\"count\":2,\"isLimitHit\":false,\"next\":null}\n", rest, StringComparison.Ordinal);

        async IAsyncEnumerable<HistoryPage> Pages(HistoryQuery query)
        {
            yield return HistoryDouble.Page(query.Twins[0], Instant.Utc(2026, 11, 20), 1);
            await second.Task;
            yield return HistoryDouble.Page(query.Twins[0], Instant.Utc(2026, 11, 21), 1);
        }
    }

    [Fact]
    public async Task AClientThatLeavesEndsTheReading()
    {
        var left = new TaskCompletionSource();
        await using var server = await HistoryServer.StartAsync(s_now, new HistoryDouble(Pages));
        using (var response = await server.PostAsync(Asked, HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
            Assert.NotEmpty((await reader.ReadLineAsync().WaitAsync(s_patience))!);

        await left.Task.WaitAsync(s_patience);

        async IAsyncEnumerable<HistoryPage> Pages(
            HistoryQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return HistoryDouble.Page(query.Twins[0], Instant.Utc(2026, 11, 20), 1);
            await using var leaving = cancellationToken.Register(left.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    /// <summary>What nobody takes is not read either: of three hundred pages a few are made until one is taken.</summary>
    [Fact]
    public async Task AnAnswerThatNobodyTakesIsNotGatheredInMemory()
    {
        const int PagesInAll = 300;
        const int RowsAPage = 1_000;
        var made = 0;
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
        Assert.True(graph.TryFind("l-000", out var light));
        var request = new HistoryRequest(
            [light], ["activePowerWatts"], Instant.Utc(2020, 1, 1), Instant.Utc(2026, 1, 1), Question: null, Points: null,
            Limit: HistoryQueryLimits.RowsMax, Start: null, HistoryFormat.Ndjson);
        var pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false));
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new PipeBody(pipe.Writer));

        var answering = new HistoryStream(request, new HistoryDouble((_, _) => Pages()), graph, new HistoryGate())
            .ExecuteAsync(context);

        // Everything up to the full pipe happened on this thread, before the call returned.
        Assert.False(answering.IsCompleted);
        Assert.InRange(made, 1, 2);
        var (bytes, lines) = (0L, 0);
        var finished = answering.ContinueWith(_ => pipe.Writer.Complete(), TaskScheduler.Default);
        ReadResult read;
        do
        {
            read = await pipe.Reader.ReadAsync();
            foreach (var part in read.Buffer)
                lines += part.Span.Count((byte)'\n');
            bytes += read.Buffer.Length;
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);

        await answering;
        await finished;
        Assert.Equal(PagesInAll, made);
        Assert.Equal(PagesInAll * RowsAPage + 1, lines);
        Assert.True(bytes > 30_000_000);

        async IAsyncEnumerable<HistoryPage> Pages()
        {
            await Task.CompletedTask;
            for (; made < PagesInAll;)
                yield return HistoryDouble.Page(light, Instant.Utc(2020, 1, 1).Plus(TimeSpan.FromDays(made++)), RowsAPage);
        }
    }

    [Fact]
    public async Task AFifthQuestionAtOnceIsAskedToComeAgain()
    {
        var (asked, go) = (new SemaphoreSlim(0), new TaskCompletionSource());
        await using var server = await HistoryServer.StartAsync(s_now, new HistoryDouble((_, _) => Pages()));
        var running = Enumerable.Range(0, 4).Select(_ => server.QueryAsync(Asked)).ToList();
        foreach (var _ in running)
            Assert.True(await asked.WaitAsync(s_patience));

        using (var refused = await server.PostAsync(Asked))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter?.Delta);
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        }

        using (var area = await server.Client.GetAsync(
            "/api/v1/twins/d-almaly/rollup/history?property=activePowerWatts&fn=avg"))
            Assert.Equal(HttpStatusCode.TooManyRequests, area.StatusCode);
        go.SetResult();
        await Task.WhenAll(running).WaitAsync(s_patience);
        Assert.Contains("\"count\":0", await server.QueryAsync(Asked), StringComparison.Ordinal);

        async IAsyncEnumerable<HistoryPage> Pages()
        {
            asked.Release();
            await go.Task;
            yield break;
        }
    }

    [Fact]
    public async Task AStoreThatFailsOnTheWayCutsTheAnswer()
    {
        var begun = new TaskCompletionSource();
        await using var server = await HistoryServer.StartAsync(s_now, new HistoryDouble((query, _) => Pages(query)));
        using var response = await server.PostAsync(Asked, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.NotEmpty((await reader.ReadLineAsync().WaitAsync(s_patience))!);
        begun.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync().WaitAsync(s_patience));

        async IAsyncEnumerable<HistoryPage> Pages(HistoryQuery query)
        {
            yield return HistoryDouble.Page(query.Twins[0], Instant.Utc(2026, 11, 20), 1);
            await begun.Task;
            throw new HistoryStoreException("store", "is gone");
        }
    }

    [Fact]
    public async Task AStoreThatFailsBeforeAnythingWentOutIsAnErrorWithoutRows()
    {
        await using var server = await HistoryServer.StartAsync(s_now, new HistoryDouble((query, _) => Pages(query)));
        using var response = await server.PostAsync(Asked);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync());

        static async IAsyncEnumerable<HistoryPage> Pages(HistoryQuery query)
        {
            await Task.CompletedTask;
            yield return HistoryDouble.Page(query.Twins[0], Instant.Utc(2026, 11, 20), 1);
            throw new HistoryStoreException("store", "is gone");
        }
    }

    /// <summary>The port answers at most so much at once; a day that it cuts is asked for again.</summary>
    [Fact]
    public async Task MoreThanThePortAnswersAtOnceIsAskedForAgain()
    {
        const int AtOnce = 1_500;
        var days = Enumerable.Range(0, 3).Select(day => Instant.Utc(2026, 11, 18, 19).Plus(TimeSpan.FromDays(day)));
        var all = new[] { "l-002", "l-000", "l-001" }.SelectMany(id => days.Select(day => (Id: id, Day: day))).ToList();
        HistoryServer server = null!;
        await using var running = server = await HistoryServer.StartAsync(
            s_now, new HistoryDouble((query, _) => Pages(query)));
        const string Many = """
            {"twins":["l-002","l-000","l-001"],"properties":["activePowerWatts"],"from":"2026-11-18T19:30:00Z",
             "to":"2026-11-21T19:00:00Z"
            """;
        var (rows, end) = await server.LinesAsync(Many + "}");
        var (hours, _) = await server.LinesAsync(Many + ",\"fn\":\"count\",\"step\":\"30m\"}");

        Assert.Equal(
            all.SelectMany(page => Enumerable.Range(0, 900)
                .Select(minute => $"{page.Id} {page.Day.Plus(TimeSpan.FromMinutes(minute))}"))
                .Where(row => !row.Contains("2026-11-18T19:0", StringComparison.Ordinal)
                    && !row.Contains("2026-11-18T19:1", StringComparison.Ordinal)
                    && !row.Contains("2026-11-18T19:2", StringComparison.Ordinal)),
            rows.Select(row =>
                $"{row.GetProperty("twin").GetString()} {Instant.From(row.GetProperty("at").GetDateTimeOffset())}"));
        Assert.False(end.GetProperty("isLimitHit").GetBoolean());
        Assert.Equal(3 * (29 + 30 + 30), hours.Count(hour => hour.GetProperty("count").GetInt32() == 30));

        async IAsyncEnumerable<HistoryPage> Pages(HistoryQuery query)
        {
            await Task.Yield();
            var left = AtOnce;
            foreach (var twin in query.Twins)
            foreach (var (_, day) in all.Where(page => server.Twin(page.Id) == twin))
            {
                var page = HistoryDouble.Page(twin, day, 900);
                var points = page.Points.Where(
                    point => point.MeasuredAt >= query.From && point.MeasuredAt < query.To).ToList();
                if (points.Count == 0)
                    continue;
                var isHit = points.Count > left;
                yield return new HistoryPage(
                    twin, [.. points.Take(left)], null, isHit, isHit ? points[left].MeasuredAt : Instant.Never);
                if (isHit)
                    yield break;
                left -= points.Count;
            }
        }
    }

    /// <summary>A response body that is a pipe of the test's own.</summary>
    private sealed class PipeBody(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Writer.AsStream();

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
