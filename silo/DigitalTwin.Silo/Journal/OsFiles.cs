using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DigitalTwin.Silo.Journal;

/// <summary>A folder of the operating system, locked against a second process until it is disposed.</summary>
public sealed partial class OsFiles : IJournalFiles, IDisposable
{
    internal const string LockName = "journal.lock";

    private readonly SafeFileHandle _lock;

    /// <summary>Makes the folder where it is missing, and locks it.</summary>
    /// <exception cref="JournalException">It cannot be written to, or another process has it.</exception>
    public OsFiles(string folder)
    {
        Folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(Folder);
            // Opened for nobody else: the kernel lets go of it with the process, however that ends.
            _lock = File.OpenHandle(
                Path.Combine(Folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(Folder, "the folder cannot be written to, or another process has the journal",
                "end the other process, or give this one the right to write there", cause);
        }
    }

    public string Folder { get; }

    public long FreeBytes => new DriveInfo(Folder).AvailableFreeSpace;

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path))];

    public IJournalFile Create(string name) => new OsFile(File.OpenHandle(
        Path.Combine(Folder, name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public IJournalFile Open(string name) => new OsFile(File.OpenHandle(
        Path.Combine(Folder, name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public void Delete(string name) => File.Delete(Path.Combine(Folder, name));

    public void SyncFolder()
    {
        // NTFS journals its names itself, and Windows opens no folder as a file.
        if (OperatingSystem.IsWindows())
            return;
        // The runtime opens no folder as a file either. O_RDONLY is 0 everywhere.
        var descriptor = OpenFolder(Folder, 0);
        if (descriptor < 0)
            throw new IOException($"{Folder}: open failed with errno {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"{Folder}: fsync failed with errno {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    public void Dispose() => _lock.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    private sealed class OsFile(SafeFileHandle handle) : IJournalFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> bytes)
        {
            var read = 0;
            while (read < bytes.Length)
            {
                var more = RandomAccess.Read(handle, bytes[read..], offset + read);
                if (more == 0)
                    break;
                read += more;
            }

            return read;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Dispose() => handle.Dispose();
    }
}
