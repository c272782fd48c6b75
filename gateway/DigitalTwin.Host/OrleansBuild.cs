using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary>The way to an Orleans cluster and its databases, which only the Azure build has.</summary>
internal static partial class OrleansBuild
{
    /// <summary>None in a build without Orleans.</summary>
    public static IClusterAccess? Find()
    {
        IClusterAccess? access = null;
        Bring(ref access);
        return access;
    }

    /// <summary>Tokens of this process's identity as passwords of PostgreSQL; none in a build without identities.</summary>
    public static Func<CancellationToken, ValueTask<string>>? FindTokens()
    {
        Func<CancellationToken, ValueTask<string>>? tokens = null;
        Bring(ref tokens);
        return tokens;
    }

    static partial void Bring(ref IClusterAccess? access);

    static partial void Bring(ref Func<CancellationToken, ValueTask<string>>? tokens);
}
