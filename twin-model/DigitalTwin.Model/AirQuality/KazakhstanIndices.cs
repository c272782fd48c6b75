using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>Kazhydromet's levels of pollution.</summary>
public enum PollutionGrade
{
    Low,
    Elevated,
    High,
    VeryHigh,
}

/// <summary>What one post measured of one pollutant over the period of an index.</summary>
/// <param name="MaximumMicrogramsPerCubicMetre">The largest 20-minute mean.</param>
/// <param name="MeanMicrogramsPerCubicMetre">The mean of the period.</param>
/// <param name="SampleCount">20-minute means in the period.</param>
/// <param name="ExceedanceCount">Those of them above ПДК м.р.</param>
public sealed record PostPeriod(
    string Post, Pollutant Pollutant, double MaximumMicrogramsPerCubicMetre, double MeanMicrogramsPerCubicMetre,
    int SampleCount, int ExceedanceCount);

/// <summary>СИ or НП: the value, its grade, and the post's data that made it.</summary>
public sealed record KazakhstanIndex(double Value, PollutionGrade Grade, PostPeriod DataUsed)
{
    public string Post => DataUsed.Post;
    public Pollutant Pollutant => DataUsed.Pollutant;
}

/// <summary>One of the pollutants of ИЗА5 and what it adds.</summary>
public sealed record PollutionIndexPart(PostPeriod DataUsed, double Exponent, double Value);

/// <summary>ИЗА5 of one post: the sum of its largest parts, the largest first.</summary>
public sealed record PollutionIndex5(
    string Post, double Value, PollutionGrade Grade, string EditionId, IReadOnlyList<PollutionIndexPart> Parts)
{
    public Pollutant Pollutant => Parts[0].DataUsed.Pollutant;
}

/// <summary>Exponents of ИЗА5 by hazard class, as one edition of the method gives them.</summary>
public sealed record PollutionIndexEdition(
    string Id, DateOnly ValidFrom, string Source, string Status,
    IReadOnlyDictionary<int, double> ExponentByHazardClass);

/// <summary>СИ, НП and ИЗА5 as Kazhydromet computes them: <c>twin-model/norms/kz-indices.json</c>.</summary>
public sealed class KazakhstanIndices
{
    private readonly GradeBounds _standardIndexGrades;
    private readonly GradeBounds _repeatabilityGrades;
    private readonly GradeBounds _pollutionIndexGrades;
    private readonly int _componentCount;
    private readonly int _unclassifiedHazardClass;
    private readonly Dictionary<string, PollutionIndexEdition> _editions;

    private KazakhstanIndices(JsonElement root)
    {
        var grades = root.GetProperty("grades");
        _standardIndexGrades = GradeBounds.Read(grades.GetProperty("standardIndex"));
        _repeatabilityGrades = GradeBounds.Read(grades.GetProperty("greatestRepeatability"));
        _pollutionIndexGrades = GradeBounds.Read(grades.GetProperty("pollutionIndex5"));
        var index5 = root.GetProperty("pollutionIndex5");
        _componentCount = index5.GetProperty("componentCount").GetInt32();
        _unclassifiedHazardClass = index5.GetProperty("unclassifiedHazardClass").GetInt32();
        _editions = index5.List("editions", ReadEdition).ToDictionary(edition => edition.Id, StringComparer.Ordinal);
    }

    public static KazakhstanIndices Current { get; } =
        NormDocument.Read("kz-indices", root => new KazakhstanIndices(root));

    public IReadOnlyCollection<PollutionIndexEdition> Editions => _editions.Values;

    public PollutionIndexEdition Edition(string id) => _editions[id];

    /// <summary>СИ: the largest 20-minute mean over all posts and pollutants as a multiple of ПДК м.р.</summary>
    public KazakhstanIndex? StandardIndex(IEnumerable<PostPeriod> periods) => Largest(
        periods,
        period => KazakhstanNorms.Current
            .MaximumOneTimeMultiple(period.Pollutant, period.MaximumMicrogramsPerCubicMetre),
        _standardIndexGrades);

    /// <summary>НП: the largest share over all posts and pollutants of means above ПДК м.р., in percent.</summary>
    public KazakhstanIndex? GreatestRepeatability(IEnumerable<PostPeriod> periods) => Largest(
        periods,
        period => period.SampleCount > 0 ? 100.0 * period.ExceedanceCount / period.SampleCount : null,
        _repeatabilityGrades);

    /// <summary>ИЗА5 of one post; null without a pollutant that has a daily norm.</summary>
    public PollutionIndex5? PollutionIndex(string post, IEnumerable<PostPeriod> periods, PollutionIndexEdition edition)
    {
        PollutionIndexPart[] parts =
        [
            .. periods.Where(period => period.Post == post)
                .Select(period => PartOf(period, edition))
                .OfType<PollutionIndexPart>()
                .OrderByDescending(part => part.Value).ThenBy(part => part.DataUsed.Pollutant)
                .Take(_componentCount),
        ];
        if (parts.Length == 0)
            return null;
        var value = parts.Sum(part => part.Value);
        return new PollutionIndex5(post, value, _pollutionIndexGrades.GradeOf(value), edition.Id, parts);
    }

    public PollutionGrade GradeOfStandardIndex(double value) => _standardIndexGrades.GradeOf(value);

    public PollutionGrade GradeOfRepeatability(double percent) => _repeatabilityGrades.GradeOf(percent);

    public PollutionGrade GradeOfPollutionIndex(double value) => _pollutionIndexGrades.GradeOf(value);

    private PollutionIndexPart? PartOf(PostPeriod period, PollutionIndexEdition edition)
    {
        var hazardClass = KazakhstanNorms.Current.Of(period.Pollutant).HazardClass ?? _unclassifiedHazardClass;
        var exponent = edition.ExponentByHazardClass[hazardClass];
        var multiple = KazakhstanNorms.Current.DailyMeanMultiple(period.Pollutant, period.MeanMicrogramsPerCubicMetre);
        return multiple is { } value
            ? new PollutionIndexPart(period, exponent, Math.Pow(Math.Max(0, value), exponent))
            : null;
    }

    private static KazakhstanIndex? Largest(
        IEnumerable<PostPeriod> periods, Func<PostPeriod, double?> valueOf, GradeBounds grades)
    {
        KazakhstanIndex? largest = null;
        foreach (var period in periods)
            if (valueOf(period) is { } value && !(largest?.Value >= value))
                largest = new KazakhstanIndex(value, grades.GradeOf(value), period);
        return largest;
    }

    private static PollutionIndexEdition ReadEdition(JsonElement edition) => new(
        edition.Text("id"), edition.Date("validFrom"), edition.Text("source"), edition.Text("status"),
        edition.GetProperty("exponentByHazardClass").EnumerateObject()
            .ToDictionary(entry => int.Parse(entry.Name), entry => entry.Value.GetDouble()));

    /// <summary>Where each grade begins: above a number, or from it.</summary>
    private sealed record GradeBounds(GradeStart Elevated, GradeStart High, GradeStart VeryHigh)
    {
        public PollutionGrade GradeOf(double value) =>
            VeryHigh.IsReachedBy(value) ? PollutionGrade.VeryHigh
            : High.IsReachedBy(value) ? PollutionGrade.High
            : Elevated.IsReachedBy(value) ? PollutionGrade.Elevated
            : PollutionGrade.Low;

        public static GradeBounds Read(JsonElement grades) => new(
            GradeStart.Read(grades.GetProperty("elevated")), GradeStart.Read(grades.GetProperty("high")),
            GradeStart.Read(grades.GetProperty("veryHigh")));
    }

    private readonly record struct GradeStart(double Bound, bool IsInclusive)
    {
        public bool IsReachedBy(double value) => IsInclusive ? value >= Bound : value > Bound;

        public static GradeStart Read(JsonElement start) => start.OptionalNumber("from") is { } from
            ? new GradeStart(from, IsInclusive: true)
            : new GradeStart(start.GetProperty("above").GetDouble(), IsInclusive: false);
    }
}
