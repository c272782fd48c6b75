using System.Globalization;

namespace DigitalTwin.Silo.Storage;

/// <summary>Inputs on disk cannot be read; says which file and what is wrong. Nothing is guessed.</summary>
public sealed class InputLogException(string file, string problem) : Exception($"{file}: {problem}");

/// <summary>
/// The files of an input log: generations, each of a state file and the inputs since. Generation 0 has no state.
/// </summary>
internal sealed class InputFiles(IDiskFolder folder, string name)
{
    private const string StateSuffix = ".json";
    private const string InputsSuffix = ".ndjson";

    public IDiskFolder Folder => folder;

    public string StateName(long generation) => $"{name}-state-{generation}{StateSuffix}";

    public string InputsName(long generation) => $"{name}-{generation}{InputsSuffix}";

    /// <summary>For messages to people.</summary>
    public string PathOf(string file) => Path.Combine(folder.Folder, file);

    /// <summary>The generations that have a state file.</summary>
    public IReadOnlySet<long> States() => Generations($"{name}-state-", StateSuffix).ToHashSet();

    /// <summary>The generations that have inputs.</summary>
    public IReadOnlySet<long> Inputs() => Generations($"{name}-", InputsSuffix).ToHashSet();

    public long NewestState() => Generations($"{name}-state-", StateSuffix).DefaultIfEmpty().Max();

    /// <summary>Bytes of a file; 0 where it is missing.</summary>
    public long LengthOf(string file)
    {
        if (!folder.Exists(file))
            return 0;
        using var opened = folder.Open(file);
        return opened.Length;
    }

    public byte[] ReadAll(string file)
    {
        using var opened = folder.Open(file);
        var bytes = new byte[opened.Length];
        return bytes[..opened.Read(0, bytes)];
    }

    // A compaction makes the new log before its state, so an empty log may be ahead of the states; what was written
    // belongs to a state, and what a state went on with was written.
    public void RefuseGaps(long generation)
    {
        if (generation > 0 && !folder.Exists(InputsName(generation)))
            throw new InputLogException(PathOf(InputsName(generation)), "is missing; its state file is there");
        foreach (var later in Inputs().Where(later => later > generation))
            if (LengthOf(InputsName(later)) > 0)
                throw new InputLogException(PathOf(StateName(later)), "is missing; the inputs after it are there");
    }

    /// <summary>Deletes the generations before one, but those that are still wanted.</summary>
    public void DropBefore(long generation, Func<long, bool> isWanted)
    {
        var there = folder.List().ToHashSet();
        for (var old = generation - 1; old >= 0; old--)
        {
            string[] files = [.. new[] { StateName(old), InputsName(old) }.Where(there.Contains)];
            if (files.Length == 0)
                break;
            if (!isWanted(old))
                foreach (var file in files)
                    folder.Delete(file);
        }
    }

    private IEnumerable<long> Generations(string prefix, string suffix) =>
        folder.List()
            .Where(file => file.StartsWith(prefix, StringComparison.Ordinal) && file.EndsWith(suffix, StringComparison.Ordinal))
            .Select(file => file[prefix.Length..^suffix.Length])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : 0);
}
