using System.Text.Json;
using System.Threading.Channels;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Host;

/// <summary>What the backup command asks a running city for.</summary>
/// <param name="To">A full path on the server's machine.</param>
internal sealed record BackupRequest(string To);

/// <summary>One line of the answer; the last one says done or failed.</summary>
internal sealed record BackupLine(string? Doing = null, BackupManifest? Done = null, string? Failed = null);

/// <summary>
/// Backs the running city up for the command that shows the key of its data folder. The answer is a line of JSON for
/// every step; who goes away has the backup stopped, and nothing is left of it.
/// </summary>
internal static class BackupEndpoint
{
    public const string Path = "/api/v1/operations/backup";

    public const string ExportPath = "/api/v1/operations/export";

    /// <summary>Why there is neither a backup nor an export of a city on a cluster.</summary>
    public const string OnCluster =
        "backup: the twins of this city live on a cluster; its store of states is backed up with its own tools";

    public static void MapBackup(this WebApplication app, LoadedCity city, OperationsAddress address)
    {
        var one = new SemaphoreSlim(1);
        app.MapPost(Path, async (HttpContext context) =>
        {
            if (!address.IsKey(context.Request.Headers[OperationsAddress.KeyHeader]))
                return Results.StatusCode(StatusCodes.Status403Forbidden);
            if (await context.Request.ReadFromJsonAsync<BackupRequest>(context.RequestAborted) is not { } request
                || !System.IO.Path.IsPathFullyQualified(request.To))
                return Results.BadRequest();
            if (!await one.WaitAsync(TimeSpan.Zero, context.RequestAborted))
                return Results.Conflict();
            try
            {
                await RunAsync(city, request, context);
                return Results.Empty;
            }
            finally
            {
                one.Release();
            }
        }).ExcludeFromDescription();
        app.MapGet(ExportPath, async (HttpContext context, bool keys = false) =>
        {
            if (!address.IsKey(context.Request.Headers[OperationsAddress.KeyHeader]))
                return Results.StatusCode(StatusCodes.Status403Forbidden);
            context.Response.ContentType = "application/x-ndjson";
            // What fails half way has no end line, which is what a reader goes by.
            await city.ExportAsync(context.Response.Body, keys, context.RequestAborted);
            return Results.Empty;
        }).ExcludeFromDescription();
    }

    /// <summary>Says that the states are not here.</summary>
    public static void MapNoBackup(this WebApplication app, OperationsAddress address)
    {
        app.MapPost(Path, Refuse).ExcludeFromDescription();
        app.MapGet(ExportPath, Refuse).ExcludeFromDescription();

        IResult Refuse(HttpContext context) => address.IsKey(context.Request.Headers[OperationsAddress.KeyHeader])
            ? Results.Problem(OnCluster, statusCode: StatusCodes.Status501NotImplemented)
            : Results.StatusCode(StatusCodes.Status403Forbidden);
    }

    private static async Task RunAsync(LoadedCity city, BackupRequest request, HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        var lines = Channel.CreateUnbounded<BackupLine>();
        var work = Task.Run(async () =>
        {
            lines.Writer.TryWrite(await BackUpAsync(city, request.To, lines.Writer, context.RequestAborted));
            lines.Writer.Complete();
        });
        await foreach (var line in lines.Reader.ReadAllAsync())
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, line, JsonSerializerOptions.Web);
            await context.Response.WriteAsync("\n");
            await context.Response.Body.FlushAsync();
        }

        await work;
    }

    private static async Task<BackupLine> BackUpAsync(
        LoadedCity city, string to, ChannelWriter<BackupLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            return new BackupLine(Done: await city.BackUpAsync(
                to, step => lines.TryWrite(new BackupLine(step)), cancellationToken));
        }
        catch (Exception failure) when (failure is BackupException or IOException or UnauthorizedAccessException
            or JournalException or HistoryStoreException or ChannelClosedException or OperationCanceledException)
        {
            return new BackupLine(Failed: failure.Message);
        }
    }
}
