namespace DigitalTwin.Host;

/// <summary>The options of a command, each a name and a value.</summary>
internal sealed class CommandOptions
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>The plain words of a command line, and its options with the value behind each.</summary>
    public static (string[] Plain, string[] Named) Split(string[] arguments)
    {
        var (plain, named) = (new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Length; i++)
        {
            var isName = arguments[i].StartsWith("--", StringComparison.Ordinal);
            (isName ? named : plain).Add(arguments[i]);
            if (isName && i + 1 < arguments.Length)
                named.Add(arguments[++i]);
        }

        return ([.. plain], [.. named]);
    }

    /// <exception cref="FormatException">An option is unknown, comes twice or lacks its value.</exception>
    public static CommandOptions Parse(string[] arguments, string[] names)
    {
        var options = new CommandOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (!names.Contains(arguments[i]) || i + 1 >= arguments.Length)
                throw new FormatException($"{arguments[i]} is unknown or lacks its value");
            if (!options._values.TryAdd(arguments[i], arguments[i + 1]))
                throw new FormatException($"{arguments[i]} comes twice");
        }

        return options;
    }

    /// <exception cref="FormatException">It is missing, and nothing stands for it.</exception>
    public string Of(string name, string? otherwise = null) =>
        Find(name) ?? otherwise ?? throw new FormatException($"{name} is missing");

    /// <summary>None where it is missing.</summary>
    public string? Find(string name) => _values.GetValueOrDefault(name);
}
