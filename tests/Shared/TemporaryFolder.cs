namespace DigitalTwin.Tests;

/// <summary>A folder of a test's own. Who writes to it is begun after it, so that it is deleted last.</summary>
internal sealed class TemporaryFolder(string prefix) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
