using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary>The way to an Orleans cluster, which only the Azure build has.</summary>
internal static partial class OrleansBuild
{
    /// <summary>None in a build without Orleans.</summary>
    public static IClusterAccess? Find()
    {
        IClusterAccess? access = null;
        Bring(ref access);
        return access;
    }

    static partial void Bring(ref IClusterAccess? access);
}
