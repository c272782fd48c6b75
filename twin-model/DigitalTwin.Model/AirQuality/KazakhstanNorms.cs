using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>One permissible concentration as published, with where it comes from and how sure that is.</summary>
public sealed record PermissibleConcentration(
    double MicrogramsPerCubicMetre, DateOnly ValidFrom, string Source, string Status);

/// <summary>
/// The norms of one pollutant: ПДК м.р. (20 minutes), ПДК с.с. (day) and the hazard class, each where one exists.
/// </summary>
public sealed record HygieneNorm(
    Pollutant Pollutant, int? HazardClass, PermissibleConcentration? MaximumOneTime,
    PermissibleConcentration? DailyMean)
{
    public PermissibleConcentration? For(HygieneAveraging averaging) =>
        averaging == HygieneAveraging.MaximumOneTime ? MaximumOneTime : DailyMean;
}

/// <summary>Which of the two permissible concentrations a value is compared with.</summary>
public enum HygieneAveraging
{
    MaximumOneTime,
    DailyMean,
}

/// <summary>How far a 20-minute mean is above its norm: ordinary, ВЗ (high) or ЭВЗ (extremely high).</summary>
public enum PollutionSeverity
{
    WithinNorm,
    AboveNorm,
    High,
    ExtremelyHigh,
}

/// <summary>Pollutants that act together.</summary>
public sealed record SummationGroup(int Id, string Name, IReadOnlyList<Pollutant> Members);

/// <summary>
/// The multiples of a group added up. Where the exception holds, <see cref="IsApplied"/> is false and the value that
/// counts is the worst component's own multiple.
/// </summary>
public sealed record SummationResult(
    SummationGroup Group, double Sum, bool IsApplied, bool IsComplete, Pollutant Dominant, double DominantMultiple)
{
    public double Multiple => IsApplied ? Sum : DominantMultiple;

    /// <summary>The dominant component's share of the sum, 0 to 100.</summary>
    public double DominantSharePercent => Sum > 0 ? 100 * DominantMultiple / Sum : 0;
}

/// <summary>A pollutant and how many times its norm it is.</summary>
public readonly record struct NormMultiple(Pollutant Pollutant, double Multiple);

/// <summary>The hygiene norms of Kazakhstan: <c>twin-model/norms/kz-hygiene.json</c>.</summary>
public sealed class KazakhstanNorms
{
    private readonly Dictionary<Pollutant, HygieneNorm> _norms;
    private readonly HashSet<Pollutant> _exceptionComponents;
    private readonly Dictionary<int, double> _sharePercentMax;
    private readonly double _highMultiple;
    private readonly double _extremelyHighMultiple;

    private KazakhstanNorms(JsonElement root)
    {
        _norms = root.List("pollutants", ReadNorm).ToDictionary(norm => norm.Pollutant);
        var summation = root.GetProperty("summation");
        SummationGroups = summation.List("groups", group => new SummationGroup(
            group.GetProperty("id").GetInt32(), group.Text("name"),
            group.List("members", member => NormDocument.ToPollutant(member.GetString()!))));
        var exception = summation.GetProperty("exception");
        _exceptionComponents = [.. exception.List("whenMixHolds", name => NormDocument.ToPollutant(name.GetString()!))];
        _sharePercentMax = exception.GetProperty("sharePercentMax").EnumerateObject()
            .ToDictionary(entry => int.Parse(entry.Name), entry => entry.Value.GetDouble());
        CounterMultiples = root.GetProperty("exceedanceCounterMultiples").List("value", value => value.GetDouble());
        _highMultiple = root.Value("highPollutionMultiple");
        _extremelyHighMultiple = root.Value("extremelyHighPollutionMultiple");
    }

    public static KazakhstanNorms Current { get; } = NormDocument.Read("kz-hygiene", root => new KazakhstanNorms(root));

    public IReadOnlyCollection<HygieneNorm> All => _norms.Values;

    public IReadOnlyList<SummationGroup> SummationGroups { get; }

    /// <summary>The multiples above which samples are counted, ascending.</summary>
    public IReadOnlyList<double> CounterMultiples { get; }

    public HygieneNorm Of(Pollutant pollutant) => _norms[pollutant];

    /// <summary>A 20-minute mean as a multiple of ПДК м.р.</summary>
    public double? MaximumOneTimeMultiple(Pollutant pollutant, double microgramsPerCubicMetre) =>
        MultipleOf(pollutant, microgramsPerCubicMetre, HygieneAveraging.MaximumOneTime);

    /// <summary>A daily mean as a multiple of ПДК с.с.; null where the norm has none.</summary>
    public double? DailyMeanMultiple(Pollutant pollutant, double microgramsPerCubicMetre) =>
        MultipleOf(pollutant, microgramsPerCubicMetre, HygieneAveraging.DailyMean);

    public PollutionSeverity SeverityOf(double maximumOneTimeMultiple) =>
        maximumOneTimeMultiple > _extremelyHighMultiple ? PollutionSeverity.ExtremelyHigh
        : maximumOneTimeMultiple > _highMultiple ? PollutionSeverity.High
        : maximumOneTimeMultiple > 1 ? PollutionSeverity.AboveNorm
        : PollutionSeverity.WithinNorm;

    /// <summary>The pollutant that is the most times its norm; null where none has one.</summary>
    public NormMultiple? Worst(
        IEnumerable<KeyValuePair<Pollutant, double>> microgramsPerCubicMetre, HygieneAveraging averaging)
    {
        NormMultiple? worst = null;
        foreach (var (pollutant, concentration) in microgramsPerCubicMetre)
            if (MultipleOf(pollutant, concentration, averaging) is { } multiple && !(worst?.Multiple >= multiple))
                worst = new NormMultiple(pollutant, multiple);
        return worst;
    }

    /// <summary>
    /// The sum of one group over the components that were measured; null with fewer than two. Without some component
    /// the sum is a lower bound, and the result says that it is not complete.
    /// </summary>
    public SummationResult? Summation(
        SummationGroup group, IReadOnlyDictionary<Pollutant, double> microgramsPerCubicMetre,
        HygieneAveraging averaging)
    {
        var sum = 0.0;
        var present = 0;
        var holdsException = false;
        NormMultiple dominant = default;
        foreach (var member in group.Members)
        {
            if (!microgramsPerCubicMetre.TryGetValue(member, out var concentration)
                || MultipleOf(member, concentration, averaging) is not { } multiple)
                continue;
            if (present++ == 0 || multiple > dominant.Multiple)
                dominant = new NormMultiple(member, multiple);
            sum += multiple;
            holdsException |= _exceptionComponents.Contains(member);
        }

        if (present < 2)
            return null;
        // Compared without a division, so that a share exactly at the limit is not above it by rounding.
        var isException = holdsException && _sharePercentMax.TryGetValue(present, out var sharePercentMax)
            && ExceedsShare(dominant.Multiple, sum, sharePercentMax);
        return new SummationResult(
            group, sum, !isException, present == group.Members.Count, dominant.Pollutant, dominant.Multiple);
    }

    /// <summary>The group with the largest multiple; null where no group has two measured components.</summary>
    public SummationResult? WorstSummation(
        IReadOnlyDictionary<Pollutant, double> microgramsPerCubicMetre, HygieneAveraging averaging) => SummationGroups
        .Select(group => Summation(group, microgramsPerCubicMetre, averaging))
        .OfType<SummationResult>()
        .MaxBy(result => result.Multiple);

    private double? MultipleOf(Pollutant pollutant, double microgramsPerCubicMetre, HygieneAveraging averaging) =>
        microgramsPerCubicMetre / _norms[pollutant].For(averaging)?.MicrogramsPerCubicMetre;

    // A sum of quotients carries a few units in the last place; a share is no legal quantity below that.
    private static bool ExceedsShare(double multiple, double sum, double sharePercentMax) =>
        100 * multiple - sharePercentMax * sum > 1e-9 * sum;

    private static HygieneNorm ReadNorm(JsonElement norm) => new(
        norm.Pollutant(),
        norm.TryGetProperty("hazardClass", out var hazardClass) ? hazardClass.GetInt32() : null,
        ReadConcentration(norm, "maximumOneTime"),
        ReadConcentration(norm, "dailyMean"));

    // The order is in mg/m³; decimals keep 0.035 mg/m³ exactly 35 µg/m³.
    private static PermissibleConcentration? ReadConcentration(JsonElement norm, string name) =>
        norm.TryGetProperty(name, out var value)
            ? new PermissibleConcentration(
                (double)(value.GetProperty("value").GetDecimal() * 1000m), value.Date("validFrom"),
                value.Text("source"), value.Text("status"))
            : null;
}
