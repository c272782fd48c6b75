using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Expectation;

/// <summary>
/// What one meter usually does: an hour-of-week pattern, a level that follows the season and a relative spread.
/// A struct of 192 bytes without references, so that a million meters are one array. Values below zero count as zero.
/// </summary>
public struct UsageProfile
{
    public const int ForecastHours = 24;

    // Far beyond any meter, and far enough from the ends of a float that no product overflows.
    private const double ValueMax = 1e30;
    private const double ValueMin = 1e-30;
    private const int FirstDayHours = 24;

    // Mean absolute deviation to standard deviation, for normal noise: the square root of π/2.
    private const double SpreadPerMeanDeviation = 1.2533;

    private static readonly UsageNorm s_norm = ExpectationNorms.Usage;

    private RatioCells _cells;
    private DeviationRuns _runs;
    private float _level;
    private float _spread;
    private ushort _hoursLearned;

    /// <summary>Completed hours taken in; stops counting at 65,535, seven years.</summary>
    public readonly int HoursLearned => _hoursLearned;

    /// <summary>Whether enough was seen for a deviation to mean something.</summary>
    public readonly bool IsReady => _hoursLearned >= s_norm.HoursLearnedMin;

    /// <summary>The running mean of an hour, in the value's unit.</summary>
    public readonly double Level => _level;

    /// <summary>The usual deviation as a share of the expected value.</summary>
    public readonly double RelativeSpread => _hoursLearned == 0 ? s_norm.SpreadInitial : _spread;

    /// <summary>Takes in a completed hour. A value that is not a number is no hour at all.</summary>
    public void Learn(int hourOfWeek, double hourlyValue)
    {
        ThrowIfNoHour(hourOfWeek);
        if (!double.IsFinite(hourlyValue))
            return;

        var value = Bounded(hourlyValue);
        if (_hoursLearned == 0)
            _spread = (float)s_norm.SpreadInitial;
        if (_level == 0)
            _level = (float)value;

        if (_hoursLearned < HourOfWeek.Count)
            LearnFirstWeek(hourOfWeek, value);
        else if (_cells[hourOfWeek] == UsageScale.NeverSeen)
            _cells[hourOfWeek] = UsageScale.Code(UsageScale.Of(value, _level));
        else
            Correct(hourOfWeek, value);

        if (_hoursLearned < ushort.MaxValue)
            _hoursLearned++;
    }

    /// <summary>The expected value and its spread; zero with no spread before anything was learned.</summary>
    public readonly ExpectedValue Expect(int hourOfWeek)
    {
        ThrowIfNoHour(hourOfWeek);
        var code = _cells[hourOfWeek];
        return new ExpectedValue(
            UsageScale.Ratio(code) * _level,
            UsageScale.RatioSlope(code) * _level * RelativeSpread);
    }

    /// <summary>
    /// How many spreads a value lies above (or, negative, below) the expected one, on the logarithmic scale;
    /// NaN while too little was learned.
    /// </summary>
    public readonly double DeviationOf(int hourOfWeek, double value)
    {
        ThrowIfNoHour(hourOfWeek);
        if (!IsReady || !double.IsFinite(value) || _cells[hourOfWeek] == UsageScale.NeverSeen)
            return double.NaN;
        return (UsageScale.Of(Bounded(value), _level) - UsageScale.OfCode(_cells[hourOfWeek])) / _spread;
    }

    /// <summary>The expected values from an hour of the week on, as many as there is room for.</summary>
    public readonly void Forecast(int fromHourOfWeek, Span<double> next24)
    {
        ThrowIfNoHour(fromHourOfWeek);
        var hour = fromHourOfWeek;
        for (var i = 0; i < next24.Length; i++)
        {
            next24[i] = UsageScale.Ratio(_cells[hour]) * _level;
            hour = hour + 1 == HourOfWeek.Count ? 0 : hour + 1;
        }
    }

    // The level of the first hours is a guess from a few values: the cells are set against it and put right, together
    // with it, after a day and after the week, or at once where a value would not fit the scale.
    private void LearnFirstWeek(int hourOfWeek, double value)
    {
        if (value > _level * s_norm.RatioMax)
            MoveLevelTo(value);
        var code = UsageScale.Code(UsageScale.Of(value, _level));
        var seen = _cells[hourOfWeek];
        _cells[hourOfWeek] = seen == UsageScale.NeverSeen
            ? code
            : UsageScale.Code((UsageScale.OfCode(seen) + UsageScale.OfCode(code)) / 2);
        if (_hoursLearned + 1 is FirstDayHours or HourOfWeek.Count)
            MoveLevelTo(_level * MeanRatio());
    }

    private void Correct(int hourOfWeek, double value)
    {
        var expected = UsageScale.OfCode(_cells[hourOfWeek]);
        var deviation = UsageScale.Of(value, _level) - expected;
        var spreads = Math.Abs(deviation) / _spread;
        var daysStrayed = IsReady ? DaysStrayed(hourOfWeek, spreads, deviation > 0) : 0;
        var isLasting = daysStrayed >= s_norm.LastingDays;
        var weight = daysStrayed == 0 || isLasting ? 1 : s_norm.OutlierWeight;

        var weeks = _hoursLearned / HourOfWeek.Count;
        var gain = Math.Max(isLasting ? s_norm.LastingCellGainPerWeek : s_norm.CellGainPerWeekMin, 1.0 / (weeks + 1));
        var cellGain = weight * gain;
        _cells[hourOfWeek] = UsageScale.Code(expected + cellGain * deviation, Dither(hourOfWeek, value));

        var level = _level * Math.Exp(weight * s_norm.LevelGainPerHour * deviation);
        _level = level > 0 ? (float)Math.Clamp(level, ValueMin, ValueMax) : 0;

        var hoursJudged = _hoursLearned - HourOfWeek.Count;
        var spreadGain = Math.Max(s_norm.SpreadGainPerHourMin, 1.0 / (hoursJudged + FirstDayHours));
        var counted = SpreadPerMeanDeviation * Math.Min(Math.Abs(deviation), s_norm.OutlierSpreadsMax * _spread);
        _spread = (float)Math.Clamp(_spread + spreadGain * (counted - _spread), s_norm.SpreadMin, s_norm.SpreadMax);
    }

    // An outlier hardly counts until the same hour of the day strayed to the same side for days in a row: a leak found
    // within days is still seen as one, while a changed habit is learned in the end.
    private int DaysStrayed(int hourOfWeek, double spreads, bool isAbove)
    {
        var hourOfDay = hourOfWeek % 24;
        if (spreads <= s_norm.OutlierSpreads)
        {
            _runs.Clear(hourOfDay);
            return 0;
        }
        return _runs.Extend(hourOfDay, isAbove);
    }

    private void MoveLevelTo(double level)
    {
        if (level is < ValueMin or > ValueMax)
            return;
        for (var hour = 0; hour < HourOfWeek.Count; hour++)
        {
            if (_cells[hour] != UsageScale.NeverSeen)
                _cells[hour] = UsageScale.Code(UsageScale.Of(UsageScale.Ratio(_cells[hour]) * _level, level));
        }
        _level = (float)level;
    }

    private readonly double MeanRatio()
    {
        double sum = 0;
        var seen = 0;
        for (var hour = 0; hour < HourOfWeek.Count; hour++)
        {
            if (_cells[hour] == UsageScale.NeverSeen)
                continue;
            sum += UsageScale.Ratio(_cells[hour]);
            seen++;
        }
        return sum / seen;
    }

    // As good as random, and the same for the same input: the golden ratio spreads the bits (Knuth, TAOCP 6.4).
    private readonly double Dither(int hourOfWeek, double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value) + (ulong)(_hoursLearned * HourOfWeek.Count + hourOfWeek);
        var mixed = (bits ^ (bits >> 32)) * 0x9E37_79B9_7F4A_7C15;
        return (mixed >> 11) * (1.0 / (1UL << 53));
    }

    private static double Bounded(double value) => value < ValueMin ? 0 : Math.Min(value, ValueMax);

    private static void ThrowIfNoHour(int hourOfWeek) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
            (uint)hourOfWeek, (uint)HourOfWeek.Count, nameof(hourOfWeek));

    [InlineArray(HourOfWeek.Count)]
    private struct RatioCells
    {
        private byte _first;
    }

    // Four bits for each hour of the day: the side, and the days in a row from 0 to 7.
    [InlineArray(24 / 2)]
    private struct DeviationRuns
    {
        private const int AboveBit = 8;
        private const int DaysMax = 7;

        private byte _first;

        public void Clear(int hourOfDay) => Write(hourOfDay, 0);

        public int Extend(int hourOfDay, bool isAbove)
        {
            var run = this[hourOfDay / 2] >> Shift(hourOfDay) & 0xF;
            var side = isAbove ? AboveBit : 0;
            var days = (run & AboveBit) == side ? Math.Min((run & DaysMax) + 1, DaysMax) : 1;
            Write(hourOfDay, side | days);
            return days;
        }

        private void Write(int hourOfDay, int run)
        {
            var others = this[hourOfDay / 2] & ~(0xF << Shift(hourOfDay));
            this[hourOfDay / 2] = (byte)(others | run << Shift(hourOfDay));
        }

        private static int Shift(int hourOfDay) => hourOfDay % 2 * 4;
    }
}
