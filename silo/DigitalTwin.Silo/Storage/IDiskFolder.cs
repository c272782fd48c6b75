namespace DigitalTwin.Silo.Storage;

/// <summary>
/// The files of one folder, as much of a disk as logs and snapshots need; a test's disk breaks where a seed says so.
/// Every call fails with an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
public interface IDiskFolder
{
    /// <summary>Where the files are, for messages to people.</summary>
    string Folder { get; }

    /// <summary>Bytes that can still be written to the disk.</summary>
    long FreeBytes { get; }

    /// <summary>The names of all files, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Whether there is a file of that name.</summary>
    bool Exists(string name);

    /// <summary>Makes a file that is not there yet; it stays there only after <see cref="SyncFolder"/>.</summary>
    IDiskFile Create(string name);

    /// <summary>Opens a file for reading and writing.</summary>
    IDiskFile Open(string name);

    /// <summary>
    /// Gives a file another name, in place of the file that had it; until <see cref="SyncFolder"/> either may come back.
    /// </summary>
    void Rename(string name, string newName);

    /// <summary>Deletes a file; it stays away only after <see cref="SyncFolder"/>.</summary>
    void Delete(string name);

    /// <summary>Returns once the names made, changed and deleted so far are on disk.</summary>
    void SyncFolder();
}

/// <summary>One open file of an <see cref="IDiskFolder"/>.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Bytes of the file.</summary>
    long Length { get; }

    /// <summary>Reads at an offset; fewer bytes than asked for only at the end.</summary>
    int Read(long offset, Span<byte> bytes);

    /// <summary>Writes all bytes at an offset; they are on disk only after <see cref="Sync"/>.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Returns once the bytes and the length are on disk (fsync).</summary>
    void Sync();

    /// <summary>Cuts the file off behind so many bytes.</summary>
    void Truncate(long length);
}
