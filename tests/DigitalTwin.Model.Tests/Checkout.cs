namespace DigitalTwin.Model.Tests;

/// <summary>Files of the checkout that the tests run from.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DigitalTwin.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("DigitalTwin.sln");
        return folder.FullName;
    }
}
