namespace DigitalTwin.Model.AirQuality;

/// <summary>The valid means of one post, or the medians of several, by averaging time.</summary>
internal sealed class AirConcentrations
{
    private readonly Dictionary<AirAveraging, SortedDictionary<Pollutant, AirMean>> _means = [];

    public IEnumerable<(Pollutant Pollutant, AirMean Mean)> All =>
        _means.Values.SelectMany(means => means.Select(entry => (entry.Key, entry.Value)));

    public void Add(Pollutant pollutant, AirMean? mean)
    {
        if (mean is not { IsValid: true } valid)
            return;
        if (!_means.TryGetValue(valid.Averaging, out var means))
            _means[valid.Averaging] = means = [];
        means[pollutant] = valid;
    }

    public AirMean? Find(Pollutant pollutant, AirAveraging averaging) =>
        _means.TryGetValue(averaging, out var means) && means.TryGetValue(pollutant, out var mean) ? mean : null;

    public Dictionary<Pollutant, double> Of(AirAveraging averaging) => _means.TryGetValue(averaging, out var means)
        ? means.ToDictionary(entry => entry.Key, entry => entry.Value.MicrogramsPerCubicMetre)
        : [];
}
