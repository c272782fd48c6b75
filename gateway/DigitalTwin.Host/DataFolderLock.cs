namespace DigitalTwin.Host;

/// <summary>One program at a time works on a data folder; the lock goes with the process, however it ends.</summary>
public sealed class DataFolderLock : IDisposable
{
    /// <summary>The file's name in a data folder. It stays: removing it would let two hold the lock.</summary>
    public const string FileName = "city.lock";

    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Nothing if another program (or another part of this one) holds the folder.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder is not ours to write.</exception>
    public static DataFolderLock? TryTake(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        try
        {
            return new DataFolderLock(new FileStream(
                Path.Combine(dataFolder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
    }

    // What FileShare.None leads to: EWOULDBLOCK of flock on Linux and on macOS, a sharing violation on Windows.
    private static bool IsHeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    public void Dispose() => _file.Dispose();
}
