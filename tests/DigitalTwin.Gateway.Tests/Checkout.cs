namespace DigitalTwin.Gateway.Tests;

/// <summary>Files of the checkout that the tests run from.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The JSON examples of a section of a document, as they stand there.</summary>
    public static string[] JsonExamples(string path, string heading)
    {
        const string Fence = "```";
        var text = Text(path);
        var section = text[(text.IndexOf(heading, StringComparison.Ordinal) + heading.Length)..];
        var end = section.IndexOf("\n##", StringComparison.Ordinal);
        return [.. (end < 0 ? section : section[..end]).Split(Fence).Where((_, i) => i % 2 == 1)
            .Where(block => block.StartsWith("json\n", StringComparison.Ordinal)).Select(block => block["json\n".Length..])];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DigitalTwin.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("DigitalTwin.sln");
        return folder.FullName;
    }
}
