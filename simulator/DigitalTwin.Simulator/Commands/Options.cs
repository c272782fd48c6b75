using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Simulator.Commands;

/// <summary>The command line, checked against what a command knows.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    public string? Operand { get; private set; }

    /// <param name="valued">Options that take a value.</param>
    /// <param name="flags">Options that do not.</param>
    /// <exception cref="FormatException">Something is unknown or incomplete.</exception>
    public static Options Parse(ReadOnlySpan<string> arguments, string[] valued, string[] flags, bool takesOperand = false)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (Array.IndexOf(flags, name) >= 0)
                options.Of(name).Add("");
            else if (Array.IndexOf(valued, name) >= 0)
                options.Of(name).Add(++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} lacks its value"));
            else if (takesOperand && options.Operand is null && !name.StartsWith('-'))
                options.Operand = name;
            else
                throw new FormatException($"'{name}' is unknown; --help lists what there is");
        }

        return options;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var values) ? values : [];

    public string Text(string name, string? otherwise = null) =>
        _values.TryGetValue(name, out var values) ? values[^1]
            : otherwise ?? throw new FormatException($"{name} is needed");

    public int Whole(string name, int otherwise, int minimum, int maximum) =>
        !_values.TryGetValue(name, out var values) ? otherwise
            : int.TryParse(values[^1], CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
                ? number
                : throw new FormatException($"{name}: '{values[^1]}' is not a whole number from {minimum} to {maximum}");

    public double Number(string name, double otherwise, double minimum, double maximum) =>
        !_values.TryGetValue(name, out var values) ? otherwise
            : double.TryParse(values[^1], CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
                ? number
                : throw new FormatException($"{name}: '{values[^1]}' is not a number from {minimum} to {maximum}");

    /// <summary>Where the gateway listens: <c>--host</c> and <c>--port</c>.</summary>
    public EndPoint Server() => Server(Text("--host", "127.0.0.1"), Whole("--port", 1883, 1, 65_535));

    internal static IPEndPoint Server(string host, int port)
    {
        if (IPAddress.TryParse(host, out var address))
            return new IPEndPoint(address, port);
        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(host)[0], port);
        }
        catch (SocketException)
        {
            throw new FormatException($"--host: '{host}' is not known");
        }
    }

    private List<string> Of(string name)
    {
        if (!_values.TryGetValue(name, out var values))
            _values[name] = values = [];
        return values;
    }
}
