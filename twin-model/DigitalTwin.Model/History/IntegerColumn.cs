using System.Numerics;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.History;

/// <summary>
/// A column of integers, written in whichever form is smallest: as runs of equal steps, or as Rice codes of what is
/// above the smallest or around zero; of the integers themselves, of their differences, or of the differences of those.
/// </summary>
internal static class IntegerColumn
{
    // The form byte: order of differences times 4, plus one of these.
    private const int Runs = 0;
    private const int AboveSmallest = 1;
    private const int AroundZero = 2;
    private const int OrderMax = 2;

    // A quotient of this many ones says that the number follows as it is; it caps what one outlier costs.
    private const int OnesMax = 20;

    public static void Write(BitSink sink, ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
            return;
        if (values.Length == 1)
        {
            sink.Signed(values[0]);
            return;
        }

        var best = new Plan(0, Runs, 0, long.MaxValue, 0);
        Span<long> steps = values.Length <= 512 ? stackalloc long[values.Length] : new long[values.Length];
        values.CopyTo(steps);
        for (var order = 0; order <= Math.Min(OrderMax, values.Length - 1); order++)
        {
            if (order > 0)
                Difference(steps, order);
            best = Cheapest(best, order, steps[order..]);
        }

        values.CopyTo(steps);
        sink.Byte((byte)(best.Order * 4 + best.Form));
        for (var order = 1; order <= best.Order; order++)
        {
            sink.Signed(steps[order - 1]);
            Difference(steps, order);
        }

        if (best.Form == Runs)
            WriteRuns(sink, steps[best.Order..]);
        else
            WriteRice(sink, steps[best.Order..], best);
    }

    public static void Read(ref BitSource source, scoped Span<long> into)
    {
        if (into.IsEmpty)
            return;
        if (into.Length == 1)
        {
            into[0] = source.Signed();
            return;
        }

        var form = source.Byte();
        var order = form / 4;
        if (order > OrderMax || order >= into.Length || form % 4 > AroundZero)
            throw new HistoryFormatException($"a column has the unknown form {form}");
        for (var i = 0; i < order; i++)
            into[i] = source.Signed();
        if (form % 4 == Runs)
            ReadRuns(ref source, into[order..]);
        else
            ReadRice(ref source, into[order..], isAroundZero: form % 4 == AroundZero);
        for (; order > 0; order--)
            for (var i = order; i < into.Length; i++)
                into[i] = unchecked(into[i] + into[i - 1]);
    }

    private readonly record struct Plan(int Order, int Form, int LowBits, long Bits, long Smallest);

    private static void Difference(Span<long> steps, int order)
    {
        for (var i = steps.Length - 1; i >= order; i--)
            steps[i] = unchecked(steps[i] - steps[i - 1]);
    }

    private static Plan Cheapest(Plan best, int order, ReadOnlySpan<long> steps)
    {
        var headBits = order * 24L;
        var runBits = headBits + RunBits(steps);
        if (runBits < best.Bits)
            best = new Plan(order, Runs, 0, runBits, 0);
        var smallest = steps[0];
        foreach (var step in steps)
            smallest = Math.Min(smallest, step);
        best = CheapestRice(best, order, AboveSmallest, steps, smallest, headBits + 16);
        return order > 0 ? CheapestRice(best, order, AroundZero, steps, 0, headBits + 8) : best;
    }

    private static Plan CheapestRice(
        Plan best, int order, int form, ReadOnlySpan<long> steps, long smallest, long headBits)
    {
        var sum = 0.0;
        foreach (var step in steps)
            sum += Mapped(step, form, smallest);
        var middle = BitOperations.Log2((ulong)Math.Min(sum / steps.Length, 1e18) + 1);
        for (var low = Math.Max(0, middle - 2); low <= middle + 1; low++)
        {
            var bits = headBits;
            foreach (var step in steps)
            {
                var number = Mapped(step, form, smallest);
                var ones = number >> low;
                bits += ones < OnesMax ? (long)ones + 1 + low : OnesMax + 6 + BitsOf(number);
            }

            if (bits < best.Bits)
                best = new Plan(order, form, low, bits, smallest);
        }

        return best;
    }

    private static ulong Mapped(long step, int form, long smallest) =>
        form == AroundZero ? ZigZag.Encode(step) : unchecked((ulong)(step - smallest));

    private static int BitsOf(ulong number) => number == 0 ? 1 : BitOperations.Log2(number) + 1;

    private static int VarintBits(ulong number) => 8 * ((BitsOf(number) + 6) / 7);

    private static long RunBits(ReadOnlySpan<long> steps)
    {
        var bits = 0L;
        for (var i = 0; i < steps.Length;)
        {
            var length = RunLength(steps[i..]);
            bits += VarintBits(ZigZag.Encode(steps[i])) + VarintBits((ulong)length);
            i += length;
        }

        return bits;
    }

    private static int RunLength(ReadOnlySpan<long> steps)
    {
        var other = steps.IndexOfAnyExcept(steps[0]);
        return other < 0 ? steps.Length : other;
    }

    private static void WriteRuns(BitSink sink, ReadOnlySpan<long> steps)
    {
        for (var i = 0; i < steps.Length;)
        {
            var length = RunLength(steps[i..]);
            sink.Signed(steps[i]);
            sink.Varint((ulong)length);
            i += length;
        }
    }

    private static void ReadRuns(ref BitSource source, scoped Span<long> into)
    {
        while (!into.IsEmpty)
        {
            var step = source.Signed();
            var length = source.Count(into.Length, "a run");
            if (length == 0)
                throw new HistoryFormatException("a run is empty");
            into[..length].Fill(step);
            into = into[length..];
        }
    }

    private static void WriteRice(BitSink sink, ReadOnlySpan<long> steps, Plan plan)
    {
        sink.Byte((byte)plan.LowBits);
        if (plan.Form == AboveSmallest)
            sink.Signed(plan.Smallest);
        foreach (var step in steps)
        {
            var number = Mapped(step, plan.Form, plan.Smallest);
            var ones = number >> plan.LowBits;
            if (ones < OnesMax)
            {
                sink.Bits((1UL << ((int)ones + 1)) - 2, (int)ones + 1);
                sink.Bits(number, plan.LowBits);
            }
            else
            {
                sink.Bits((1UL << OnesMax) - 1, OnesMax);
                sink.Bits((ulong)BitsOf(number) - 1, 6);
                sink.Bits(number, BitsOf(number));
            }
        }

        sink.Align();
    }

    private static void ReadRice(ref BitSource source, scoped Span<long> into, bool isAroundZero)
    {
        int low = source.Byte();
        if (low > 63)
            throw new HistoryFormatException($"a column has {low} low bits");
        var smallest = isAroundZero ? 0 : source.Signed();
        for (var i = 0; i < into.Length; i++)
        {
            var ones = source.Ones(OnesMax);
            var number = ones < OnesMax
                ? ((ulong)ones << low) | source.Bits(low)
                : source.Bits((int)source.Bits(6) + 1);
            into[i] = isAroundZero ? ZigZag.Decode(number) : unchecked(smallest + (long)number);
        }

        source.Align();
    }
}
