using System.Text.Json;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Meters;

/// <summary>When a meter's value is not credible: <c>twin-model/norms/meter-screening.json</c>.</summary>
/// <param name="RegisterMaximum">Where a register begins again, in its unit, unless the meter's own figure is lower.</param>
/// <param name="RateMaximum">The most that a meter of the medium can carry, per hour.</param>
/// <param name="Resolution">The last digit of the register.</param>
internal sealed record MeterScreeningNorms(
    double RegisterMaximum, double RateMaximum, double Resolution,
    TimeSpan StuckAfter, int Confirmations, double UnitFactor, double UnitToleranceShare,
    double RolloverNearTopShare, double RolloverNearBottomShare)
{
    private static readonly JsonElement s_document = Read();

    /// <summary>A clock may be ahead by this without a word.</summary>
    public static TimeSpan AheadTolerance { get; } = Seconds("aheadToleranceSeconds");

    /// <summary>Beyond this a value is refused; between both it counts as measured when it was received.</summary>
    public static TimeSpan AheadRefused { get; } = Seconds("aheadRefusedSeconds");

    public static double SpikeCelsius { get; } = Spike("temperatureCelsius");

    public static double SpikeKilopascals { get; } = Spike("pressureKilopascals");

    public static double SpikeVolts { get; } = Spike("voltageVolts");

    /// <summary>Of a water meter: more than this times Q3 breaks it.</summary>
    public static double RateOverPermanentFlow { get; } = Spike("rateOverPermanentFlow");

    /// <summary>A rate of so many times the usual level is no consumption but a fault of transmission.</summary>
    public static double SpikeRateOverLevel { get; } = Spike("rateOverLevel");

    /// <summary>Below this level, in the rate's unit, the level says nothing.</summary>
    public static double SpikeLevelMinimum { get; } = Spike("levelMinimum");

    /// <summary>
    /// A rate that a change of unit would bring to at least this share of the level, and at most
    /// <see cref="UnitOverLevelMax"/> of it, is in another unit; any other may be a burst.
    /// </summary>
    public static double UnitOverLevelMin { get; } = Spike("unitOverLevelMin");

    public static double UnitOverLevelMax { get; } = Spike("unitOverLevelMax");

    private static readonly MeterScreeningNorms[] s_byMedium = [.. Enum.GetValues<Medium>().Select(Parse)];

    public static MeterScreeningNorms Of(Medium? medium) => s_byMedium[(int)(medium ?? Medium.Electricity)];

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(ModelCatalog.EmbeddedDocument("norms/meter-screening.json"));
        return document.RootElement.Clone();
    }

    private static TimeSpan Seconds(string name) =>
        TimeSpan.FromSeconds(s_document.GetProperty("clock").GetProperty(name).GetDouble());

    private static double Spike(string name) => s_document.GetProperty("spike").GetProperty(name).GetDouble();

    private static MeterScreeningNorms Parse(Medium medium)
    {
        var own = s_document.GetProperty("media").GetProperty(
            JsonNamingPolicy.CamelCase.ConvertName(medium.ToString()));
        var rollover = s_document.GetProperty("rollover");
        return new MeterScreeningNorms(
            own.GetProperty("registerMaximum").GetDouble(), own.GetProperty("rateMaximum").GetDouble(),
            own.GetProperty("resolution").GetDouble(),
            TimeSpan.FromHours(s_document.GetProperty("stuckHours").GetDouble()),
            s_document.GetProperty("confirmations").GetInt32(),
            s_document.GetProperty("unitFactor").GetDouble(), s_document.GetProperty("unitToleranceShare").GetDouble(),
            rollover.GetProperty("nearTopShare").GetDouble(), rollover.GetProperty("nearBottomShare").GetDouble());
    }
}
