using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary><c>serve</c>: runs the city of a data folder until it is told to stop.</summary>
public static class ServeCommand
{
    /// <summary>Says which engine where the command line does not.</summary>
    private const string EngineVariable = "DigitalTwin__Engine";

    /// <summary>The arguments behind <c>serve</c>; 0 stopped in order, 1 cannot run, 2 wrong use.</summary>
    public static Task<int> RunAsync(string[] arguments, TextWriter errors) =>
        RunAsync(arguments, errors, OrleansBuild.Find(), CancellationToken.None);

    /// <inheritdoc cref="RunAsync(string[], TextWriter, IClusterAccess, Func{string, string}, CancellationToken)"/>
    public static Task<int> RunAsync(
        string[] arguments, TextWriter errors, IClusterAccess? cluster, CancellationToken stopping) =>
        RunAsync(arguments, errors, cluster, Environment.GetEnvironmentVariable, stopping);

    /// <param name="cluster">The way to the cluster of <c>--engine orleans</c>; none where this build has none.</param>
    /// <param name="setting">What the environment says of history.</param>
    /// <param name="stopping">Stops it in order, as a signal does.</param>
    /// <inheritdoc cref="RunAsync(string[], TextWriter)"/>
    public static async Task<int> RunAsync(
        string[] arguments, TextWriter errors, IClusterAccess? cluster, Func<string, string?> setting,
        CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(errors);
        HostOptions options;
        try
        {
            options = HostOptions.Parse(WithEngine(arguments)) with
            {
                History = HistoryServer.Find(setting, OrleansBuild.FindTokens()),
            };
            if (options.IsOnCluster && cluster is null)
                throw new FormatException(
                    "--engine: this build has no Orleans; one with -p:Azure=true has, and embedded is there");
        }
        catch (FormatException wrong)
        {
            await errors.WriteLineAsync(wrong.Message);
            return ExitCode.WrongUse;
        }

        try
        {
            using var folder = DataFolderLock.TryTake(options.DataFolder);
            if (folder is null)
                return ExitCode.RefusedAs($"Another city is running in {options.DataFolder}.", errors);
            return await ServeAsync(options, errors, cluster, stopping) ? ExitCode.Success : ExitCode.Refused;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CityFileException
            or CityGraphException or DeviceFileException or SchemaException or InputLogException
            or JournalException or HistoryStoreException or NetworkServerFileException or ClusterAccessException)
        {
            // A port in use, a folder that cannot be written, a file that is not ours to guess about.
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static string[] WithEngine(string[] arguments) =>
        Environment.GetEnvironmentVariable(EngineVariable) is { Length: > 0 } engine && !arguments.Contains("--engine")
            ? ["--engine", engine, .. arguments]
            : arguments;

    // False where the engine has failed: a supervisor starts the city again.
    private static async Task<bool> ServeAsync(
        HostOptions options, TextWriter errors, IClusterAccess? cluster, CancellationToken stopping)
    {
        await using var city = await OpenAsync(options, errors, cluster, stopping);
        await using var app = CityWeb.Build(options, city);
        var failed = city.Completion.ContinueWith(
            _ => app.Lifetime.StopApplication(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await app.RunAsync(stopping);
        return !city.Completion.IsFaulted && !failed.IsCompletedSuccessfully;
    }

    private static async Task<IServedCity> OpenAsync(
        HostOptions options, TextWriter errors, IClusterAccess? cluster, CancellationToken stopping)
    {
        if (options.IsOnCluster)
            return await CityOnCluster.ConnectAsync(options, cluster!, errors, TimeProvider.System, stopping);
        var city = await LoadedCity.LoadAsync(options, TimeProvider.System);
        await TellAsync(city.Recovery, errors);
        return city;
    }

    private static async Task TellAsync(CityRecovery recovery, TextWriter errors)
    {
        if (recovery.AlarmBytesCut > 0)
            await errors.WriteLineAsync(
                $"The alarm log ended in a torn line of {recovery.AlarmBytesCut} bytes; it was never answered and is cut off.");
        if (recovery.JournalBytesCut > 0)
            await errors.WriteLineAsync(
                $"The journal ended in {recovery.JournalBytesCut} torn bytes; they were never answered and are cut off.");
        foreach (var damaged in recovery.DamagedSnapshots)
            await errors.WriteLineAsync($"{damaged} is damaged and was passed over for an older one.");
        if (recovery is { Carried: { } carried })
            await errors.WriteLineAsync(
                $"The city, its kinds or its rules are others than before: {carried.Kept} twins keep their states, " +
                $"{carried.New} are new, {carried.Changed} are of another model and begin anew, {carried.Gone} are gone. " +
                $"The journal is kept in {recovery.RetiredTo ?? "its folder"}.");
        else if (recovery.RetiredTo is { } retired)
            await errors.WriteLineAsync(
                $"The city, its kinds or its rules are others than before: states begin anew. The journal is kept in {retired}.");
    }
}
