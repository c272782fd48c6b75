using DigitalTwin.Silo.Orleans;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

internal static partial class OrleansBuild
{
    static partial void Bring(ref IClusterAccess? access) => access = new OrleansAccess();

    static partial void Bring(ref Func<CancellationToken, ValueTask<string>>? tokens) =>
        tokens = AzureIdentity.PostgresPassword(Environment.GetEnvironmentVariable("AZURE_CLIENT_ID"));
}
