using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary>What the Azure build brings: the leaf with Orleans, which nothing here is compiled against.</summary>
internal static class OrleansBuild
{
    private const string Access = "DigitalTwin.Silo.Orleans.OrleansAccess, DigitalTwin.Silo.Orleans";

    /// <summary>The way to an Orleans cluster; none in a build without it.</summary>
    public static IClusterAccess? Find() =>
        Type.GetType(Access) is { } type ? (IClusterAccess?)Activator.CreateInstance(type) : null;
}
