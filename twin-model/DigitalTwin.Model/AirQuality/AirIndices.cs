using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>One index with the pollutant that made it and the mean it was made from.</summary>
/// <param name="Completeness">0 to 1: of the mean's samples at a post, of the posts in an aggregate.</param>
/// <param name="IsBeyondScale">The concentration is above the index's last band; the value is the band's end.</param>
public sealed record AirIndex(
    double Value, Pollutant Dominant, AirAveraging Averaging, double Completeness, double MicrogramsPerCubicMetre,
    Instant From, bool IsBeyondScale = false)
{
    internal static void Write(MemoryWriter writer, AirIndex? index)
    {
        writer.WriteFlag(index is not null);
        if (index is null)
            return;
        writer.WriteDouble(index.Value);
        writer.WriteCount((int)index.Dominant);
        writer.WriteCount((int)index.Averaging);
        writer.WriteDouble(index.Completeness);
        writer.WriteDouble(index.MicrogramsPerCubicMetre);
        writer.WriteInstant(index.From);
        writer.WriteFlag(index.IsBeyondScale);
    }

    internal static AirIndex? Read(ref MemoryReader reader, string what) => !reader.ReadFlag(what)
        ? null
        : new AirIndex(
            reader.ReadDouble(what), (Pollutant)reader.ReadCount(what, Pollutants.Count - 1),
            (AirAveraging)reader.ReadCount(what, (int)AirAveraging.Year), reader.ReadDouble(what),
            reader.ReadDouble(what), reader.ReadInstant(what), reader.ReadFlag(what));
}

/// <summary>
/// The group of pollutants acting together that is worst, and the completeness of its least complete member.
/// </summary>
public sealed record AirSummation(SummationResult Result, AirAveraging Averaging, double Completeness)
{
    internal static void Write(MemoryWriter writer, AirSummation? summation)
    {
        writer.WriteFlag(summation is not null);
        if (summation is null)
            return;
        var result = summation.Result;
        writer.WriteCount(result.Group.Id);
        writer.WriteDouble(result.Sum);
        writer.WriteFlag(result.IsApplied);
        writer.WriteFlag(result.IsComplete);
        writer.WriteCount((int)result.Dominant);
        writer.WriteDouble(result.DominantMultiple);
        writer.WriteCount((int)summation.Averaging);
        writer.WriteDouble(summation.Completeness);
    }

    internal static AirSummation? Read(ref MemoryReader reader)
    {
        const string what = "summation";
        if (!reader.ReadFlag(what))
            return null;
        var id = reader.ReadCount(what);
        var group = KazakhstanNorms.Current.SummationGroups.FirstOrDefault(known => known.Id == id)
            ?? throw reader.Refusal(what, $"the norm has no group {id}");
        var result = new SummationResult(
            group, reader.ReadDouble(what), reader.ReadFlag(what), reader.ReadFlag(what),
            (Pollutant)reader.ReadCount(what, Pollutants.Count - 1), reader.ReadDouble(what));
        return new AirSummation(
            result, (AirAveraging)reader.ReadCount(what, (int)AirAveraging.Year), reader.ReadDouble(what));
    }
}

/// <summary>All indices of one place at one time; null where its means are missing or not complete enough.</summary>
/// <param name="EuropeanAqi">Level 1 to 6 of the hour.</param>
/// <param name="UsAqi">0 to 500; NowCast for particulate matter.</param>
/// <param name="MaximumOneTimeMultiple">The worst 20-minute mean in ПДК м.р.</param>
/// <param name="DailyMeanMultiple">The worst daily mean in ПДК с.с.</param>
/// <param name="Summation">The worst group of the 20-minute means.</param>
/// <param name="WhoDayRatio">The worst daily mean in WHO 24-hour guidelines.</param>
/// <param name="WhoDayTargetMet">The WHO level that mean keeps.</param>
public sealed record AirIndices(
    Instant At, AirIndex? EuropeanAqi, AirIndex? UsAqi, AirIndex? MaximumOneTimeMultiple, AirIndex? DailyMeanMultiple,
    AirSummation? Summation, AirIndex? WhoDayRatio, WhoTarget? WhoDayTargetMet)
{
    internal static AirIndices Of(AirConcentrations concentrations, Instant now)
    {
        var twentyMinutes = concentrations.Of(AirAveraging.TwentyMinutes);
        var days = concentrations.Of(AirAveraging.Day);
        var european = AirQuality.EuropeanAqi.Edition2024.Worst(concentrations.Of(AirAveraging.Hour));
        var maximumOneTime = KazakhstanNorms.Current.Worst(twentyMinutes, HygieneAveraging.MaximumOneTime);
        var dailyMean = KazakhstanNorms.Current.Worst(days, HygieneAveraging.DailyMean);
        var who = WhoGuidelines.Edition2021.Worst(days, AirAveraging.Day);
        return new AirIndices(
            now,
            IndexOf(concentrations, european?.Level, european?.Dominant, AirAveraging.Hour),
            WorstUsAqi(concentrations),
            IndexOf(concentrations, maximumOneTime?.Multiple, maximumOneTime?.Pollutant, AirAveraging.TwentyMinutes),
            IndexOf(concentrations, dailyMean?.Multiple, dailyMean?.Pollutant, AirAveraging.Day),
            WorstSummation(concentrations, twentyMinutes),
            IndexOf(concentrations, who?.RatioToGuideline, who?.Pollutant, AirAveraging.Day),
            who?.Met);
    }

    /// <summary>
    /// Written whole and not computed anew: a late value changes the means, but not the indices told before it came.
    /// </summary>
    internal void Write(MemoryWriter writer)
    {
        writer.WriteInstant(At);
        AirIndex.Write(writer, EuropeanAqi);
        AirIndex.Write(writer, UsAqi);
        AirIndex.Write(writer, MaximumOneTimeMultiple);
        AirIndex.Write(writer, DailyMeanMultiple);
        AirSummation.Write(writer, Summation);
        AirIndex.Write(writer, WhoDayRatio);
        writer.WriteCount(WhoDayTargetMet is { } met ? 1 + (int)met : 0);
    }

    internal static AirIndices Read(ref MemoryReader reader) => new(
        reader.ReadInstant("time of the indices"),
        AirIndex.Read(ref reader, "European index"),
        AirIndex.Read(ref reader, "US index"),
        AirIndex.Read(ref reader, "multiple of the maximum one-time norm"),
        AirIndex.Read(ref reader, "multiple of the daily norm"),
        AirSummation.Read(ref reader),
        AirIndex.Read(ref reader, "ratio to the WHO guideline"),
        reader.ReadCount("WHO target met", 1 + (int)WhoTarget.Guideline) is > 0 and var met
            ? (WhoTarget)(met - 1)
            : null);

    private static AirIndex? WorstUsAqi(AirConcentrations concentrations)
    {
        var worst = AirQuality.UsAqi.Worst(UsAqiOf(concentrations));
        return worst is { } result
            ? IndexOf(concentrations, result.Value, result.Pollutant, result.Averaging) is { } index
                ? index with { IsBeyondScale = result.IsBeyondTable }
                : null
            : null;
    }

    private static IEnumerable<UsAqiResult> UsAqiOf(AirConcentrations concentrations)
    {
        var aqi = AirQuality.UsAqi.Edition2024;
        foreach (var (pollutant, mean) in concentrations.All)
        {
            // The 24-hour mean of particulate matter is told by NowCast while it is still to come.
            if (mean.Averaging == AirAveraging.Day)
                continue;
            if (aqi.IndexOf(pollutant, mean.Averaging, mean.MicrogramsPerCubicMetre) is not { } index)
                continue;
            yield return index;
            // EPA-454/B-24-002: an hour of SO2 says at most 200; above its table the 24-hour mean may say more.
            if (index.IsBeyondTable && concentrations.Find(pollutant, AirAveraging.Day) is { } day
                && aqi.IndexOf(pollutant, AirAveraging.Day, day.MicrogramsPerCubicMetre) is { } daily)
                yield return daily;
        }
    }

    private static AirSummation? WorstSummation(
        AirConcentrations concentrations, Dictionary<Pollutant, double> twentyMinutes)
    {
        var worst = KazakhstanNorms.Current.WorstSummation(twentyMinutes, HygieneAveraging.MaximumOneTime);
        return worst is null ? null : new AirSummation(worst, AirAveraging.TwentyMinutes, worst.Group.Members
            .Where(twentyMinutes.ContainsKey)
            .Min(member => concentrations.Find(member, AirAveraging.TwentyMinutes)!.Value.Completeness));
    }

    private static AirIndex? IndexOf(
        AirConcentrations concentrations, double? value, Pollutant? dominant, AirAveraging averaging) =>
        value is { } known && dominant is { } pollutant && concentrations.Find(pollutant, averaging) is { } mean
            ? new AirIndex(known, pollutant, averaging, mean.Completeness, mean.MicrogramsPerCubicMetre, mean.From)
            : null;
}
