using Azure.Core;
using Azure.Identity;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>Proves this process to Azure by its managed identity, and to its databases.</summary>
public static class PostgresTokens
{
    // Azure Database for PostgreSQL takes tokens of this audience as passwords, which last about an hour.
    private const string Scope = "https://ossrdbms-aad.database.windows.net/.default";

    /// <summary>A password for a connection that is opened now; the identity's library keeps a token while it lasts.</summary>
    /// <param name="identityClientId">Which user-assigned identity; the system's where none is named.</param>
    public static Func<CancellationToken, ValueTask<string>> Of(string? identityClientId)
    {
        var identity = Identity(identityClientId);
        return async cancellationToken =>
            (await identity.GetTokenAsync(new TokenRequestContext([Scope]), cancellationToken)).Token;
    }

    internal static ManagedIdentityCredential Identity(string? clientId) => new(
        clientId is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned);
}
