namespace DigitalTwin.EndToEnd.Tests;

/// <summary>Where things are in the checkout that the tests run from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string WebFolder => Path.Combine(Root, "web", "dist");

    /// <summary>Where the tests keep the pictures they take; not part of the repository.</summary>
    public static string Artifacts => Directory.CreateDirectory(Path.Combine(Root, "artifacts", "e2e")).FullName;

    /// <summary>Real data that lies beside the repository where somebody has put it; null where nobody has.</summary>
    public static string? SharedData(string path)
    {
        var file = Path.Combine(Root, "..", "shared", "data", path);
        return File.Exists(file) ? file : null;
    }

    /// <summary>The program's assembly in the same configuration as the tests.</summary>
    public static string Program(string project)
    {
        var output = Path.GetRelativePath(Path.Combine(Root, "tests", "DigitalTwin.EndToEnd.Tests"), AppContext.BaseDirectory);
        return Path.Combine(Root, project, output, Path.GetFileName(project) + ".dll");
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "DigitalTwin.sln")))
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new DirectoryNotFoundException("DigitalTwin.sln");
        return folder;
    }
}
