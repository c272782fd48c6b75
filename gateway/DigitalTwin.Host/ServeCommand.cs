using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary><c>serve</c>: runs the city of a data folder until it is told to stop.</summary>
public static class ServeCommand
{
    /// <summary>The arguments behind <c>serve</c>; 0 stopped in order, 1 cannot run, 2 wrong use.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(errors);
        HostOptions options;
        try
        {
            options = HostOptions.Parse(arguments);
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
            return await ServeAsync(options, errors) ? ExitCode.Success : ExitCode.Refused;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CityFileException
            or CityGraphException or DeviceFileException or SchemaException or InputLogException
            or JournalException or HistoryStoreException or NetworkServerFileException)
        {
            // A port in use, a folder that cannot be written, a file that is not ours to guess about.
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    // False where the engine has failed: a supervisor starts the city again.
    private static async Task<bool> ServeAsync(HostOptions options, TextWriter errors)
    {
        await using var city = await LoadedCity.LoadAsync(options, TimeProvider.System);
        await TellAsync(city.Recovery, errors);
        await using var app = CityWeb.Build(options, city);
        var failed = Task.WhenAny(city.Engine.Completion, city.Alarms.Completion).Unwrap().ContinueWith(
            _ => app.Lifetime.StopApplication(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await app.RunAsync();
        return !city.Engine.Completion.IsFaulted && !city.Alarms.Completion.IsFaulted && !failed.IsCompletedSuccessfully;
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
