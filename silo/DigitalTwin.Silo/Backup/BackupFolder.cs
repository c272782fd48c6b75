using System.Security.Cryptography;

namespace DigitalTwin.Silo.Backup;

/// <summary>
/// A folder that counts once it has its name: what is in it is written beside, and moved there whole. Its files are for
/// the account that made them alone, because keys are among them.
/// </summary>
internal sealed class BackupFolder : IDisposable
{
    private const string Unfinished = ".unfinished";
    private const int BufferBytes = 1 << 20;

    private bool _isFinished;

    private BackupFolder(string target) => (Target, Path) = (target, target + Unfinished);

    /// <summary>Where it will be.</summary>
    public string Target { get; }

    /// <summary>Where it is until then.</summary>
    public string Path { get; }

    /// <summary>Begins one; what an earlier one left behind unfinished is removed.</summary>
    /// <exception cref="BackupException">Something is there already.</exception>
    public static BackupFolder Begin(string target)
    {
        var folder = new BackupFolder(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target)));
        if (File.Exists(folder.Target)
            || (Directory.Exists(folder.Target) && Directory.EnumerateFileSystemEntries(folder.Target).Any()))
            throw new BackupException(folder.Target, "is not empty");
        if (Directory.Exists(folder.Path))
            Directory.Delete(folder.Path, recursive: true);
        MakeFolder(folder.Path);
        return folder;
    }

    /// <summary>Whether a path stays below the folder that it is relative to.</summary>
    public static bool IsBelow(string path) =>
        path.Length > 0 && !System.IO.Path.IsPathRooted(path) && !path.Contains('\\', StringComparison.Ordinal)
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>The files below a folder, with slashes, in order.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public static async Task<BackupFile> SumAsync(string folder, string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(System.IO.Path.Combine(folder, path));
        var sum = await SHA256.HashDataAsync(file, cancellationToken);
        return new BackupFile(path, file.Length, Convert.ToHexStringLower(sum));
    }

    /// <summary>Copies a file, and says what was copied. A file that grows meanwhile is taken as far as it goes.</summary>
    public async Task<BackupFile> CopyAsync(string from, string path, CancellationToken cancellationToken)
    {
        await using var source = new FileStream(
            from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        await using var copy = Create(path);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var bytes = 0L;
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            sum.AppendData(buffer, 0, read);
            await copy.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            bytes += read;
        }

        copy.Flush(flushToDisk: true);
        return new BackupFile(path, bytes, Convert.ToHexStringLower(sum.GetHashAndReset()));
    }

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var file = Create(path);
        await file.WriteAsync(bytes, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives it its name.</summary>
    public void Finish()
    {
        // What others wrote in it (a store its copies) is for the same account alone.
        foreach (var path in FilesBelow(Path))
            MakePrivate(System.IO.Path.Combine(Path, path));
        if (Directory.Exists(Target))
            Directory.Delete(Target);
        Directory.Move(Path, Target);
        _isFinished = true;
    }

    public void Dispose()
    {
        if (!_isFinished && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    /// <summary>Begins a file; the caller disposes it.</summary>
    public FileStream Create(string path, int bufferBytes = 0)
    {
        var full = System.IO.Path.Combine(Path, path);
        MakeFolder(System.IO.Path.GetDirectoryName(full)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = bufferBytes };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(full, options);
    }

    private static void MakePrivate(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
