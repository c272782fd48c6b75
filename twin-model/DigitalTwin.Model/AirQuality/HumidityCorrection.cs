using System.Diagnostics;
using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>A PM2.5 value as measured and as corrected, and by which model.</summary>
public readonly record struct CorrectedConcentration(
    double RawMicrogramsPerCubicMetre, double CorrectedMicrogramsPerCubicMetre, string ModelId);

/// <summary>
/// Corrects PM2.5 of Plantower-type sensors for humidity, by a published model; never for a reference instrument.
/// Coefficients: <c>twin-model/norms/humidity-correction.json</c>.
/// </summary>
public sealed class HumidityCorrection
{
    private static readonly CorrectionDocument s_document = NormDocument.Read("humidity-correction", Read);

    private readonly CorrectionPiece[] _pieces;

    private HumidityCorrection(string id, string source, string status, CorrectionPiece[] pieces)
    {
        Id = id;
        Source = source;
        Status = status;
        _pieces = pieces;
    }

    public static IReadOnlyList<HumidityCorrection> Models => s_document.Models;

    /// <summary>Barkjohn et al. 2021: one line for all concentrations.</summary>
    public static HumidityCorrection Barkjohn2021 => Of("barkjohn-2021");

    /// <summary>The EPA Fire and Smoke Map: a second piece for heavy smoke.</summary>
    public static HumidityCorrection EpaTwoPart => Of("epa-fire-smoke-two-part");

    /// <summary>The EPA extended correction with blended pieces.</summary>
    public static HumidityCorrection EpaFivePiece => Of("epa-2022-five-piece");

    /// <summary>Humidity older than this says nothing about a value.</summary>
    public static TimeSpan HumidityAgeMax => s_document.HumidityAgeMax;

    public string Id { get; }
    public string Source { get; }
    public string Status { get; }

    public static HumidityCorrection Of(string id) =>
        Models.FirstOrDefault(model => model.Id == id)
        ?? throw new ArgumentException($"no correction model {id}", nameof(id));

    public CorrectedConcentration Apply(double rawMicrogramsPerCubicMetre, double relativeHumidityPercent)
    {
        var raw = rawMicrogramsPerCubicMetre;
        var terms = TermsAt(raw);
        var corrected = terms.Linear * raw + terms.Quadratic * raw * raw
            + terms.Humidity * Math.Clamp(relativeHumidityPercent, 0, 100) + terms.Constant;
        return new CorrectedConcentration(raw, Math.Max(0, corrected), Id);
    }

    private CorrectionTerms TermsAt(double raw)
    {
        for (var i = 0; i < _pieces.Length; i++)
        {
            var piece = _pieces[i];
            if (raw > piece.UpTo)
                continue;
            if (piece.Terms is { } terms)
                return terms;
            var weight = (raw - piece.BlendFrom) / (piece.UpTo - piece.BlendFrom);
            return CorrectionTerms.Blend(_pieces[i - 1].Terms!.Value, _pieces[i + 1].Terms!.Value, weight);
        }

        throw new UnreachableException("The last piece of a correction has no bound.");
    }

    private static CorrectionDocument Read(JsonElement root) => new(
        TimeSpan.FromMinutes(root.Value("humidityAgeMinutesMax")),
        root.List("models", model => new HumidityCorrection(
            model.Text("id"), model.Text("source"), model.Text("status"), model.List("pieces", CorrectionPiece.Read))));

    private sealed record CorrectionDocument(TimeSpan HumidityAgeMax, HumidityCorrection[] Models);

    private readonly record struct CorrectionTerms(double Linear, double Quadratic, double Humidity, double Constant)
    {
        public static CorrectionTerms Blend(CorrectionTerms a, CorrectionTerms b, double weight) => new(
            double.Lerp(a.Linear, b.Linear, weight), double.Lerp(a.Quadratic, b.Quadratic, weight),
            double.Lerp(a.Humidity, b.Humidity, weight), double.Lerp(a.Constant, b.Constant, weight));
    }

    // A piece without terms blends from the piece before it to the one after.
    private readonly record struct CorrectionPiece(double UpTo, double BlendFrom, CorrectionTerms? Terms)
    {
        public static CorrectionPiece Read(JsonElement piece) => new(
            piece.OptionalNumber("upToMicrogramsPerCubicMetre") ?? double.PositiveInfinity,
            piece.OptionalNumber("blendFromMicrogramsPerCubicMetre") ?? 0,
            piece.OptionalNumber("linear") is { } linear
                ? new CorrectionTerms(linear, piece.GetProperty("quadratic").GetDouble(),
                    piece.GetProperty("humidity").GetDouble(), piece.GetProperty("constant").GetDouble())
                : null);
    }
}
