namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// Chance that depends on what it is for and not on the order of asking: the same seed, thing and time always give the
/// same figure (splitmix64, Steele et al. 2014).
/// </summary>
internal readonly struct YearNoise(ulong seed)
{
    private const double PerUnit = 1.0 / (1UL << 53);

    public double Uniform(int thing, int time, int purpose) => (Bits(thing, time, purpose) >> 11) * PerUnit;

    /// <summary>About normal, mean 0 and standard deviation 1; never beyond 3.5.</summary>
    public double Normal(int thing, int time, int purpose)
    {
        var bits = Bits(thing, time, purpose);
        var sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return (sum / 65_536.0 - 2) * 1.7320508;
    }

    private ulong Bits(int thing, int time, int purpose)
    {
        var z = seed + (ulong)(uint)thing * 0x9E37_79B9_7F4A_7C15 + (ulong)(uint)time * 0xD1B5_4A32_D192_ED03
            + (ulong)(uint)purpose * 0x8CB9_2BA7_2F3D_8DD7;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
