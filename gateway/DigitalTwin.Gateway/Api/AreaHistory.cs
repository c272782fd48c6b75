using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>What the figures of an area's twins are made into.</summary>
internal enum AcrossTwins : byte
{
    Sum,
    Mean,
    Min,
    Max,
}

/// <summary>A question about what an area's twins came to.</summary>
/// <param name="Model">Only twins of this model; null for every model that has the property.</param>
internal sealed record AreaQuestion(
    TwinHandle Area, string Property, string? Model, Instant From, Instant To, StepQuestion Question, AcrossTwins Across);

/// <summary>One step of an area.</summary>
/// <param name="Value">NaN where no twin can say.</param>
/// <param name="Twins">How many the value is of.</param>
/// <param name="Completeness">Share of the values expected of all members up to now, 0 to 1.</param>
internal readonly record struct AreaStep(Instant From, double Value, int Twins, int Suspect, double Completeness);

/// <summary>The steps of an area's twins of one model; official air posts and indicative sensors apart.</summary>
/// <param name="Grade">Of air sensors; null for other kinds.</param>
internal sealed record AreaSeries(TwinModel Model, string? Grade, int Members, IReadOnlyList<AreaStep> Steps);

/// <summary>
/// Sums and means over areas, from the aggregates of their twins. Twins of different models are never in one figure,
/// because a litre of gas is no litre of water; official and indicative air never either.
/// </summary>
internal sealed class AreaHistory(IHistory history, CityGraph graph, TimeProvider time)
{
    /// <summary>Days of twins that one question may read: a district of 20,000 meters for a hundred days.</summary>
    internal const long TwinDaysMax = 2_000_000;

    private const string Official = "official";
    private const string Indicative = "indicative";

    private readonly CityAreas _areas = new(graph);
    private readonly HistorySeries _series = new(history, graph);

    /// <exception cref="ParameterException">No model has the property, or there is too much to read.</exception>
    public async Task<IReadOnlyList<AreaSeries>> ReadAsync(AreaQuestion asked, CancellationToken cancellationToken)
    {
        var groups = _areas.MembersOf(asked.Area)
            .Where(twin => HistoryRows.Has(graph.ModelOf(twin), asked.Property)
                && (asked.Model is null || graph.ModelOf(twin).Id == asked.Model))
            .GroupBy(twin => (Model: graph.ModelOf(twin), Grade: GradeOf(twin)))
            .OrderBy(group => group.Key.Model.Index).ThenByDescending(group => group.Key.Grade).ToList();
        var members = groups.Sum(group => (long)group.Count());
        // A building without a sensor is a question with an empty answer; a misspelt property is a mistake.
        if (members == 0 && !graph.Catalog.Models.Any(model => HistoryRows.Has(model, asked.Property)
            && (asked.Model is null || model.Id == asked.Model)))
            throw new ParameterException("property", asked.Property, "is a property of no twin of this area");
        if (members * Math.Ceiling((asked.To - asked.From).TotalDays + 1) > TwinDaysMax)
            throw new ParameterException(
                "from", asked.From.ToString(), $"with {members} twins asks for more than {TwinDaysMax} days of twins");
        var found = new List<AreaSeries>();
        foreach (var group in groups)
            found.Add(new AreaSeries(
                group.Key.Model, group.Key.Grade, group.Count(), await StepsAsync(asked, [.. group], cancellationToken)));
        return found;
    }

    // A sensor that nobody calls official is not counted as one.
    private string? GradeOf(TwinHandle twin) =>
        graph.ModelOf(twin).Kind != TwinKind.AirQualitySensor ? null
        : graph.AttributesOf(twin).GetValueOrDefault("grade") == Official ? Official
        : Indicative;

    private async Task<IReadOnlyList<AreaStep>> StepsAsync(
        AreaQuestion asked, IReadOnlyList<TwinHandle> twins, CancellationToken cancellationToken)
    {
        var edges = asked.Question.Step.EdgesOf(asked.From, asked.To);
        var now = Instant.From(time.GetUtcNow());
        var gathered = new Gathered[edges.Length - 1];
        for (var i = 0; i < gathered.Length; i++)
            gathered[i] = new Gathered();
        await foreach (var (twin, steps) in _series.StepsAsync(
            twins, asked.Property, asked.From, asked.To, asked.Question, cancellationToken))
        {
            var interval = _series.CadenceOf(twin).Interval;
            foreach (var step in steps)
            {
                var index = Array.BinarySearch(edges, step.From);
                var end = edges[index + 1] < now ? edges[index + 1] : now;
                gathered[index].Add(step, step.Aggregate.Completeness(end - edges[index], interval));
            }
        }

        return [.. gathered.Select((step, i) => step.ToStep(edges[i], asked.Across, twins.Count))];
    }

    private sealed class Gathered
    {
        private readonly ExactSum _sum = new();
        private double _min = double.PositiveInfinity;
        private double _max = double.NegativeInfinity;
        private double _completeness;
        private int _count;
        private int _suspect;

        public void Add(in TwinStep step, double completeness)
        {
            _completeness += completeness;
            if (!double.IsFinite(step.Value))
                return;
            _count++;
            _suspect += step.Aggregate.SuspectCount > 0 ? 1 : 0;
            _sum.Add(step.Value);
            (_min, _max) = (Math.Min(_min, step.Value), Math.Max(_max, step.Value));
        }

        public AreaStep ToStep(Instant from, AcrossTwins across, int members) => new(
            from,
            _count == 0 ? double.NaN : across switch
            {
                AcrossTwins.Sum => _sum.Value,
                AcrossTwins.Mean => _sum.Value / _count,
                AcrossTwins.Min => _min,
                _ => _max,
            },
            _count, _suspect, _completeness / members);
    }
}
