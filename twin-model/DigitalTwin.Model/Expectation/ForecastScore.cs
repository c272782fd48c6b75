namespace DigitalTwin.Model.Expectation;

/// <summary>What a forecast is measured as: itself, or a reference that costs nothing.</summary>
public enum ForecastMethod
{
    Forecast,

    /// <summary>The last known value goes on.</summary>
    Persistence,

    /// <summary>The value of the same hour on the day before.</summary>
    SameHourYesterday,
}

/// <summary>
/// The mean absolute error of 24-hour forecasts against two references, by rolling origin: every hour the forecasts
/// made before are settled, then the one made now is noted. An hour counts only where all three have a value.
/// </summary>
public sealed class ForecastScore
{
    public const int HorizonHoursMax = 24;

    private const int MethodCount = 3;

    // One row an origin, the last 24 origins; a row is overwritten once its longest horizon is settled.
    private readonly double[] _forecasts = new double[HorizonHoursMax * HorizonHoursMax];
    private readonly double[] _lastKnown = new double[HorizonHoursMax];
    private readonly double[] _values = new double[HorizonHoursMax];
    private readonly double[] _errorSums = new double[MethodCount * HorizonHoursMax];
    private readonly long[] _counts = new long[HorizonHoursMax];
    private long _hour;
    private double _last = double.NaN;

    public ForecastScore()
    {
        Array.Fill(_forecasts, double.NaN);
        Array.Fill(_lastKnown, double.NaN);
        Array.Fill(_values, double.NaN);
    }

    /// <summary>Takes the next hour of the series and the forecast made once it is known.</summary>
    /// <param name="valueOrNaN">The hour's value; NaN in a gap.</param>
    /// <param name="next24">The 24 hours after this one, or nothing where no forecast is given.</param>
    public void Observe(double valueOrNaN, ReadOnlySpan<double> next24)
    {
        if (double.IsFinite(valueOrNaN))
        {
            Settle(valueOrNaN);
            _last = valueOrNaN;
        }
        var row = (int)(_hour % HorizonHoursMax);
        _values[row] = valueOrNaN;
        _lastKnown[row] = _last;
        var forecasts = _forecasts.AsSpan(row * HorizonHoursMax, HorizonHoursMax);
        forecasts.Fill(double.NaN);
        next24[..Math.Min(next24.Length, HorizonHoursMax)].CopyTo(forecasts);
        _hour++;
    }

    /// <summary>How many forecasts of this many hours ahead were settled.</summary>
    public long CountAt(int horizonHours) => _counts[IndexOf(horizonHours)];

    /// <summary>The mean absolute error so many hours ahead; NaN where nothing was settled.</summary>
    public double MeanAbsoluteErrorAt(ForecastMethod method, int horizonHours) =>
        _errorSums[(int)method * HorizonHoursMax + IndexOf(horizonHours)] / _counts[IndexOf(horizonHours)];

    /// <summary>The mean absolute error over all hours of the 24-hour path.</summary>
    public double PathMeanAbsoluteError(ForecastMethod method)
    {
        double sum = 0;
        long count = 0;
        for (var horizon = 0; horizon < HorizonHoursMax; horizon++)
        {
            sum += _errorSums[(int)method * HorizonHoursMax + horizon];
            count += _counts[horizon];
        }
        return sum / count;
    }

    /// <summary>Takes over what another series scored, so that several make one figure.</summary>
    public void Add(ForecastScore other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _errorSums.Length; i++)
            _errorSums[i] += other._errorSums[i];
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    private void Settle(double value)
    {
        // The hour now settled overwrites the same hour of yesterday only after this.
        var yesterday = _values[(int)(_hour % HorizonHoursMax)];
        if (!double.IsFinite(yesterday))
            return;
        var horizonHours = (int)Math.Min(HorizonHoursMax, _hour);
        for (var horizon = 1; horizon <= horizonHours; horizon++)
        {
            var row = (int)((_hour - horizon) % HorizonHoursMax);
            var forecast = _forecasts[row * HorizonHoursMax + horizon - 1];
            if (!double.IsFinite(forecast) || !double.IsFinite(_lastKnown[row]))
                continue;
            Count(ForecastMethod.Forecast, horizon, forecast - value);
            Count(ForecastMethod.Persistence, horizon, _lastKnown[row] - value);
            Count(ForecastMethod.SameHourYesterday, horizon, yesterday - value);
            _counts[horizon - 1]++;
        }
    }

    private void Count(ForecastMethod method, int horizonHours, double error) =>
        _errorSums[(int)method * HorizonHoursMax + horizonHours - 1] += Math.Abs(error);

    private static int IndexOf(int horizonHours)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonHours, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(horizonHours, HorizonHoursMax);
        return horizonHours - 1;
    }
}
