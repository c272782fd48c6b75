namespace DigitalTwin.Silo.Embedded;

/// <summary>The twins of one partition that changed since one feed last looked; each once, in order of their first change.</summary>
internal sealed class DirtySet(int twins)
{
    private readonly ulong[] _marks = new ulong[(twins + 63) / 64];
    private int[] _locals = new int[Math.Min(twins, 1_024)];
    private int _count;

    public ReadOnlySpan<int> Locals => _locals.AsSpan(0, _count);

    public void Mark(int local)
    {
        ref var word = ref _marks[local >> 6];
        var bit = 1UL << local;
        if ((word & bit) != 0)
            return;
        word |= bit;
        if (_count == _locals.Length)
            Array.Resize(ref _locals, Math.Min(twins, _locals.Length * 2));
        _locals[_count++] = local;
    }

    public void Clear()
    {
        foreach (var local in Locals)
            _marks[local >> 6] &= ~(1UL << local);
        _count = 0;
    }
}
