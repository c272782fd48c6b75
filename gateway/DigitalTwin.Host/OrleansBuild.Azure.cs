using DigitalTwin.Silo.Orleans;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

internal static partial class OrleansBuild
{
    static partial void Bring(ref IClusterAccess? access) => access = new OrleansAccess();
}
