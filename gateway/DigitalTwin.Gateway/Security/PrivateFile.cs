namespace DigitalTwin.Gateway.Security;

/// <summary>Files that only the account of the server may read (mode 0600 where there are modes).</summary>
public static class PrivateFile
{
    /// <summary>Replaces the file as a whole: readers find the old content or the new, never a part.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = path + ".new";
        // A file left by a crash may have another mode, and opening it would keep that.
        File.Delete(unfinished);
        using (var stream = Create(unfinished))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Makes a file that is not there yet.</summary>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public static FileStream Create(string path) => Open(path, FileMode.CreateNew);

    /// <summary>Adds to the end; what does not get to the disk whole is taken back.</summary>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var stream = Open(path, FileMode.OpenOrCreate);
        var end = stream.Length;
        try
        {
            stream.Position = end;
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            stream.SetLength(end);
            throw;
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        const int BufferBytes = 128 * 1024;
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = BufferBytes,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
