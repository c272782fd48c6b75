using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Push;

/// <summary>What a client must hold; contracts §2.2.</summary>
internal sealed record ReplicaChecksum(uint Epoch, uint Number, int Members, uint Sum, uint Xor)
{
    private const uint Seed = 0x9E3779B9;
    private const uint CanonicalNaN = 0x7FC00000;

    public static ReplicaChecksum Of(CityMirror mirror, Watch watch, uint epoch)
    {
        var members = 0;
        uint sum = 0, xor = 0;
        for (var twin = 0; twin < mirror.Count; twin++)
        {
            var kind = mirror.KindOf(twin);
            if (!mirror.HasState(twin) || !watch.Fits(twin, kind))
                continue;
            var hash = HashOf(mirror[twin], twin, watch.HasMeasures ? mirror.MeasureCounts[(int)kind] : 0);
            members++;
            sum += hash;
            xor ^= hash;
        }

        return new ReplicaChecksum(epoch, mirror.Round, members, sum, xor);
    }

    private static uint HashOf(in TwinSummary summary, int twin, int measures)
    {
        var time = FrameWriter.TimeOf(summary);
        var hash = Mix(Seed, (uint)twin);
        hash = Mix(hash, (uint)(summary.Condition | FrameWriter.FlagsOf(summary) << 8));
        hash = Mix(hash, time.Seconds);
        hash = Mix(hash, time.Milliseconds);
        for (var i = 0; i < measures; i++)
            hash = Mix(hash, float.IsNaN(summary.Measures[i])
                ? CanonicalNaN
                : BitConverter.SingleToUInt32Bits(summary.Measures[i]));
        return hash;
    }

    private static uint Mix(uint hash, uint word)
    {
        var mixed = unchecked((hash ^ word) * 0x85EBCA6B);
        return mixed ^ mixed >> 13;
    }
}
