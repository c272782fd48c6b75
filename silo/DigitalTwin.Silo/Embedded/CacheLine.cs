using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DigitalTwin.Silo.Embedded;

/// <summary>Hints to the processor's caches.</summary>
internal static class CacheLine
{
    /// <summary>
    /// Asks for a place in memory that will be needed soon. Only a hint: should the collector move the place meanwhile,
    /// the wrong line is fetched and nothing else happens, so nothing is pinned.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(ref T place)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
    }
}
