using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>What is asked of the values of a step.</summary>
public enum HistoryFunction : byte
{
    Average,
    Min,
    Max,
    Sum,
    Count,
    Last,

    /// <summary>Every value counted for as long as it stood.</summary>
    TimeWeightedAverage,

    /// <summary>
    /// By how much a register grew since the last value before the step; what a replaced one skipped is left out.
    /// </summary>
    Delta,
}

/// <summary>What a step came to.</summary>
/// <param name="Value">NaN where the step cannot say.</param>
/// <param name="Count">Of the usable values in it.</param>
public readonly record struct HistoryStep(Instant From, double Value, int Count);

/// <summary>Turns aggregates of consecutive steps into one figure each.</summary>
public static class HistorySteps
{
    // In the order of the functions.
    private static readonly string[] s_names = ["avg", "min", "max", "sum", "count", "last", "twa", "delta"];

    /// <summary>The function that a query's <c>fn</c> names, or false; <c>raw</c> is no function.</summary>
    public static bool TryParse(string name, out HistoryFunction function)
    {
        var index = Array.IndexOf(s_names, name);
        function = (HistoryFunction)Math.Max(0, index);
        return index >= 0;
    }

    public static string NameOf(HistoryFunction function) => s_names[(int)function];

    /// <summary>One figure a step.</summary>
    /// <param name="edges">One more than there are steps.</param>
    /// <param name="before">The last usable value before the first step, or NaN; only a delta needs it.</param>
    public static IReadOnlyList<HistoryStep> Evaluate(
        ReadOnlySpan<Instant> edges, IReadOnlyList<HistoryAggregate?> steps, HistoryFunction function,
        double before = double.NaN)
    {
        var figures = new List<HistoryStep>(steps.Count);
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            figures.Add(new HistoryStep(edges[i], FigureOf(step, function, before), step?.Count ?? 0));
            if (step is { Count: > 0 })
                before = step.Last;
        }

        return figures;
    }

    /// <summary>Aggregates of steps from those of shorter spans, each of which lies within one step.</summary>
    public static HistoryAggregate?[] Group(
        ReadOnlySpan<Instant> edges, IEnumerable<(Instant From, HistoryAggregate Aggregate)> spans)
    {
        var members = new List<HistoryAggregate>?[Math.Max(0, edges.Length - 1)];
        foreach (var (from, aggregate) in spans)
        {
            var at = edges.BinarySearch(from);
            var step = at >= 0 ? at : ~at - 1;
            if (step >= 0 && step < members.Length)
                (members[step] ??= []).Add(aggregate);
        }

        return Array.ConvertAll(members, step => step is null ? null : HistoryAggregate.Merge(step));
    }

    /// <summary>What one step comes to; NaN where it cannot say.</summary>
    /// <inheritdoc cref="Evaluate" path="/param"/>
    public static double FigureOf(HistoryAggregate? step, HistoryFunction function, double before) => function switch
    {
        HistoryFunction.Count => step?.Count ?? 0,
        _ when step is null => double.NaN,
        HistoryFunction.Average => step.Mean,
        HistoryFunction.Min => step.Min,
        HistoryFunction.Max => step.Max,
        HistoryFunction.Sum => step.Sum,
        HistoryFunction.Last => step.Last,
        HistoryFunction.TimeWeightedAverage => step.TimeWeightedMean,
        _ => Delta(step, before),
    };

    private static double Delta(HistoryAggregate step, double before)
    {
        var start = double.IsNaN(before) || step.BeginsAnew ? step.First : before;
        return step.Last - start - step.Resets;
    }
}
