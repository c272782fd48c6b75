using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DigitalTwin.Silo.Storage;

/// <summary>A folder of the operating system.</summary>
public partial class DiskFolder : IDiskFolder
{
    /// <summary>Makes the folder where it is missing.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public DiskFolder(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    public long FreeBytes => new DriveInfo(Folder).AvailableFreeSpace;

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path))];

    public bool Exists(string name) => File.Exists(Path.Combine(Folder, name));

    public IDiskFile Create(string name) => new OsFile(File.OpenHandle(
        Path.Combine(Folder, name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public IDiskFile Open(string name) => new OsFile(File.OpenHandle(
        Path.Combine(Folder, name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public void Rename(string name, string newName) =>
        File.Move(Path.Combine(Folder, name), Path.Combine(Folder, newName), overwrite: true);

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

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    private sealed class OsFile(SafeFileHandle handle) : IDiskFile
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
