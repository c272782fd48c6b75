using System.Globalization;

namespace DigitalTwin.Silo.Storage;

/// <summary>Inputs on disk cannot be read; says which file and what is wrong. Nothing is guessed.</summary>
public sealed class InputLogException(string file, string problem) : Exception($"{file}: {problem}");

/// <summary>
/// The files of an input log: generations, each of a state file and the inputs since. Generation 0 has no state.
/// </summary>
internal sealed class InputFiles(string folder, string name)
{
    private const string StateSuffix = ".json";
    private const string InputsSuffix = ".ndjson";

    public string Folder => folder;

    public string StatePath(long generation) => Path.Combine(folder, $"{name}-state-{generation}{StateSuffix}");

    public string InputsPath(long generation) => Path.Combine(folder, $"{name}-{generation}{InputsSuffix}");

    /// <summary>The generations that have a state file.</summary>
    public IReadOnlySet<long> States() => Generations($"{name}-state-", StateSuffix).ToHashSet();

    /// <summary>The generations that have inputs.</summary>
    public IReadOnlySet<long> Inputs() => Generations($"{name}-", InputsSuffix).ToHashSet();

    public long NewestState() => Generations($"{name}-state-", StateSuffix).DefaultIfEmpty().Max();

    // A compaction makes the new log before its state, so an empty log may be ahead of the states; what was written
    // belongs to a state, and what a state went on with was written.
    public void RefuseGaps(long generation)
    {
        if (generation > 0 && !File.Exists(InputsPath(generation)))
            throw new InputLogException(InputsPath(generation), "is missing; its state file is there");
        foreach (var later in Inputs().Where(later => later > generation))
            if (new FileInfo(InputsPath(later)).Length > 0)
                throw new InputLogException(StatePath(later), "is missing; the inputs after it are there");
    }

    /// <summary>Deletes the generations before one, but those that are still wanted.</summary>
    public void DropBefore(long generation, Func<long, bool> isWanted)
    {
        for (var old = generation - 1; old >= 0; old--)
        {
            var (state, inputs) = (StatePath(old), InputsPath(old));
            if (!File.Exists(state) && !File.Exists(inputs))
                break;
            if (isWanted(old))
                continue;
            File.Delete(state);
            File.Delete(inputs);
        }
    }

    private IEnumerable<long> Generations(string prefix, string suffix) =>
        Directory.EnumerateFiles(folder, prefix + "*" + suffix)
            .Select(path => Path.GetFileName(path)[prefix.Length..^suffix.Length])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : 0);
}
