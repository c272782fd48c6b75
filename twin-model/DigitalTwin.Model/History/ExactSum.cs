namespace DigitalTwin.Model.History;

/// <summary>
/// A sum of doubles without rounding, so that it is the same in whatever order it was made (Shewchuk 1997, as in
/// Python's <c>fsum</c>). Exact for magnitudes of 1e-280 to 1e200, which is what history takes.
/// </summary>
public sealed class ExactSum
{
    private double[] _parts = new double[4];
    private int _count;

    /// <summary>The double nearest to the sum.</summary>
    public double Value
    {
        get
        {
            if (_count == 0)
                return 0;
            var i = _count - 1;
            var high = _parts[i];
            var low = 0.0;
            while (i > 0 && low == 0)
            {
                var before = high;
                var next = _parts[--i];
                high = before + next;
                low = next - (high - before);
            }

            // Half-way cases are decided by the part below.
            if (i > 0 && ((low < 0 && _parts[i - 1] < 0) || (low > 0 && _parts[i - 1] > 0)))
            {
                var twice = low * 2;
                var moved = high + twice;
                if (twice == moved - high)
                    high = moved;
            }

            return high;
        }
    }

    public void Add(double value)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var part = _parts[i];
            if (Math.Abs(value) < Math.Abs(part))
                (value, part) = (part, value);
            var high = value + part;
            var low = part - (high - value);
            if (low != 0)
                _parts[kept++] = low;
            value = high;
        }

        if (kept == _parts.Length)
            Array.Resize(ref _parts, kept * 2);
        _count = kept;
        if (value != 0)
            _parts[_count++] = value;
    }

    public void Add(ExactSum other)
    {
        for (var i = 0; i < other._count; i++)
            Add(other._parts[i]);
    }

    /// <summary>Adds a product without rounding it first.</summary>
    public void AddProduct(double value, double factor)
    {
        var product = value * factor;
        Add(product);
        Add(Math.FusedMultiplyAdd(value, factor, -product));
    }
}
