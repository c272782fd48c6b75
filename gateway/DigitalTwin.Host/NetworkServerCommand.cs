using DigitalTwin.Gateway.LoRaWan;

namespace DigitalTwin.Host;

/// <summary><c>lorawan add|remove|list</c>: which LoRaWAN network servers a city lets in.</summary>
public static class NetworkServerCommand
{
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

    private static readonly string[] s_options = ["--api-url", "--api-token-file", "--data"];

    /// <summary>The arguments behind <c>lorawan</c>; 0 done, 1 refused, 2 wrong use.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        try
        {
            var (plain, named) = CommandOptions.Split(arguments);
            var options = CommandOptions.Parse(named, s_options);
            var data = options.Of("--data", otherwise: "data");
            var servers = NetworkServerFile.Load(data);
            return plain switch
            {
                ["add", var name, var kind] => Add(name, kind, options, data, servers, output, errors),
                ["remove", var name] => Remove(name, data, servers, errors),
                ["list"] => List(servers, output),
                _ => throw new FormatException("lorawan takes add, remove or list."),
            };
        }
        catch (FormatException wrong)
        {
            return ExitCode.WrongUseAs(wrong.Message, Usage, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NetworkServerFileException)
        {
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static int Add(
        string name, string kindText, CommandOptions options, string data, NetworkServers servers, TextWriter output,
        TextWriter errors)
    {
        if (!NetworkServerFile.IsValidName(name))
            throw new FormatException($"'{name}' is not 1 to 64 of A–Z a–z 0–9 - _ . :");
        if (!Enum.TryParse<NetworkServerKind>(kindText, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
            throw new FormatException($"'{kindText}' is neither chirpStack nor thingsStack.");
        if (servers.Find(name) is not null)
            return ExitCode.RefusedAs($"'{name}' is there already; remove it first for a new secret.", errors);
        Uri? url = null;
        if (options.Find("--api-url") is { } text
            && (!Uri.TryCreate(text, UriKind.Absolute, out url) || !NetworkServerFile.IsValidApiUrl(url)))
            throw new FormatException($"--api-url: '{text}' is not scheme, host and port");
        var (secret, hash) = NetworkServer.NewSecret();
        var added = new NetworkServer
        {
            Name = name,
            Kind = kind,
            SecretHash = hash,
            ApiUrl = url,
            ApiToken = options.Find("--api-token-file") is { } file
                ? File.ReadLines(file).FirstOrDefault()?.Trim()
                : null,
        };
        NetworkServerFile.Save(data, new NetworkServers([.. servers.All, added]));
        output.WriteLine($"'{name}' may send events, with this header; it is shown only now:");
        output.WriteLine($"Authorization: Bearer {secret}");
        return ExitCode.Success;
    }

    private static int Remove(string name, string dataFolder, NetworkServers servers, TextWriter errors)
    {
        if (servers.Find(name) is not { } found)
            return ExitCode.RefusedAs($"There is no '{name}'.", errors);
        NetworkServerFile.Save(dataFolder, new NetworkServers([.. servers.All.Where(server => server != found)]));
        return ExitCode.Success;
    }

    private static int List(NetworkServers servers, TextWriter output)
    {
        foreach (var server in servers.All)
            output.WriteLine($"{server}  {server.ApiUrl?.ToString() ?? "no API: no downlinks"}");
        return ExitCode.Success;
    }
}
