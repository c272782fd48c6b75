using DigitalTwin.Gateway.LoRaWan;

namespace DigitalTwin.Host;

/// <summary><c>lorawan add|remove|list</c>: which LoRaWAN network servers a city lets in.</summary>
public static class NetworkServerCommand
{
    private const int Success = 0;
    private const int Refused = 1;
    private const int WrongUse = 2;

    private const string Usage = """
        Usage: lorawan add NAME KIND [--api-url URL] [--api-token-file FILE] [--data DIR]
               lorawan remove NAME [--data DIR]
               lorawan list [--data DIR]
          KIND              chirpStack or thingsStack
          --api-url         where its API is, for downlinks: scheme, host and port
          --api-token-file  a file whose first line is the API's token; a command line would show it to everybody
          --data            where the city is kept (data)
        A running city reads this when it starts.
        """;

    /// <summary>The arguments behind <c>lorawan</c>; 0 done, 1 refused, 2 wrong use.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        var plain = new List<string>();
        var options = new Dictionary<string, string> { ["--data"] = "data" };
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                plain.Add(arguments[i]);
            else if (arguments[i] is "--data" or "--api-url" or "--api-token-file" && i + 1 < arguments.Length)
                options[arguments[i]] = arguments[++i];
            else
                return WrongUseOf(errors, $"{arguments[i]} is unknown or lacks its value.");
        }

        try
        {
            var servers = NetworkServerFile.Load(options["--data"]);
            return plain switch
            {
                ["add", var name, var kind] => Add(name, kind, options, servers, output, errors),
                ["remove", var name] => Remove(name, options["--data"], servers, errors),
                ["list"] => List(servers, output),
                _ => WrongUseOf(errors, "lorawan takes add, remove or list."),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NetworkServerFileException)
        {
            errors.WriteLine(e.Message);
            return Refused;
        }
    }

    private static int Add(
        string name, string kindText, Dictionary<string, string> options, NetworkServers servers, TextWriter output,
        TextWriter errors)
    {
        if (!NetworkServerFile.IsValidName(name))
            return WrongUseOf(errors, $"'{name}' is not 1 to 64 of A–Z a–z 0–9 - _ . :");
        if (!Enum.TryParse<NetworkServerKind>(kindText, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
            return WrongUseOf(errors, $"'{kindText}' is neither chirpStack nor thingsStack.");
        if (servers.Find(name) is not null)
            return RefusedAs(errors, $"'{name}' is there already; remove it first for a new secret.");
        Uri? url = null;
        if (options.TryGetValue("--api-url", out var text)
            && (!Uri.TryCreate(text, UriKind.Absolute, out url) || !NetworkServerFile.IsValidApiUrl(url)))
            return WrongUseOf(errors, $"--api-url: '{text}' is not scheme, host and port");
        var (secret, hash) = NetworkServer.NewSecret();
        var added = new NetworkServer
        {
            Name = name,
            Kind = kind,
            SecretHash = hash,
            ApiUrl = url,
            ApiToken = options.TryGetValue("--api-token-file", out var file)
                ? File.ReadLines(file).FirstOrDefault()?.Trim()
                : null,
        };
        NetworkServerFile.Save(options["--data"], new NetworkServers([.. servers.All, added]));
        output.WriteLine($"'{name}' may send events, with this header; it is shown only now:");
        output.WriteLine($"Authorization: Bearer {secret}");
        return Success;
    }

    private static int Remove(string name, string dataFolder, NetworkServers servers, TextWriter errors)
    {
        if (servers.Find(name) is not { } found)
            return RefusedAs(errors, $"There is no '{name}'.");
        NetworkServerFile.Save(dataFolder, new NetworkServers([.. servers.All.Where(server => server != found)]));
        return Success;
    }

    private static int List(NetworkServers servers, TextWriter output)
    {
        foreach (var server in servers.All)
            output.WriteLine($"{server}  {server.ApiUrl?.ToString() ?? "no API: no downlinks"}");
        return Success;
    }

    private static int WrongUseOf(TextWriter errors, string problem)
    {
        errors.WriteLine(problem);
        errors.WriteLine(Usage);
        return WrongUse;
    }

    private static int RefusedAs(TextWriter errors, string problem)
    {
        errors.WriteLine(problem);
        return Refused;
    }
}
