using DigitalTwin.Silo.Storage;
using Microsoft.Win32.SafeHandles;

namespace DigitalTwin.Silo.Journal;

/// <summary>A folder of the operating system, locked against a second process until it is disposed.</summary>
public sealed class LockedFolder : DiskFolder, IDisposable
{
    private const string LockName = "journal.lock";

    private readonly SafeFileHandle _lock;

    private LockedFolder(string folder, FileOptions options)
        : base(folder) =>
        // Opened for nobody else: the kernel lets go of it with the process, however that ends.
        _lock = File.OpenHandle(
            Path.Combine(Folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, options);

    /// <summary>Makes the folder where it is missing, and locks it.</summary>
    /// <exception cref="JournalException">It cannot be written to, or another process has it.</exception>
    public static LockedFolder Take(string folder) => Take(folder, FileOptions.None);

    /// <summary>As <see cref="Take(string)"/>, for a folder that is handed on: without a lock in it once disposed.</summary>
    /// <exception cref="JournalException">It cannot be written to, or another process has it.</exception>
    public static LockedFolder TakeWithoutTrace(string folder) => Take(folder, FileOptions.DeleteOnClose);

    public void Dispose() => _lock.Dispose();

    private static LockedFolder Take(string folder, FileOptions options)
    {
        try
        {
            return new LockedFolder(folder, options);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(Path.GetFullPath(folder),
                "the folder cannot be written to, or another process has the journal",
                "end the other process, or give this one the right to write there", cause);
        }
    }
}
