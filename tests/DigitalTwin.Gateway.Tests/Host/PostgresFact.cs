using DigitalTwin.Silo.Tests.History;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A test that talks to a PostgreSQL server of its own; skipped, and said so, where none is installed.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.MissingPart;
}
