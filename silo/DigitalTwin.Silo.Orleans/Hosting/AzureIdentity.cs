using Azure.Core;
using Azure.Identity;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>How this process proves itself to Azure: by its managed identity.</summary>
public static class AzureIdentity
{
    // Azure Database for PostgreSQL takes tokens of this audience as passwords, which last about an hour.
    private const string PostgresScope = "https://ossrdbms-aad.database.windows.net/.default";

    /// <summary>A password for a connection that is opened now; the identity's library keeps a token while it lasts.</summary>
    /// <param name="clientId">Which user-assigned identity; the system's where none is named.</param>
    public static Func<CancellationToken, ValueTask<string>> PostgresPassword(string? clientId)
    {
        var identity = Of(clientId);
        return async cancellationToken =>
            (await identity.GetTokenAsync(new TokenRequestContext([PostgresScope]), cancellationToken)).Token;
    }

    internal static ManagedIdentityCredential Of(string? clientId) => new(
        clientId is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned);
}
