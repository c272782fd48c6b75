using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>What the 20-minute means of one pollutant at one sensor come to by calendar months of the city.</summary>
internal sealed class MonthsOfMeans(Pollutant pollutant)
{
    /// <summary>The running month, the one before that is reported, and one for late comers.</summary>
    public const int Kept = 3;

    private readonly Month[] _months = new Month[Kept];

    /// <summary>Adds a mean for good; one of a month older than those kept is left out.</summary>
    public void Add(MeanBucket bucket, MeanBuckets slices)
    {
        var number = NumberOf(slices.StartOf(bucket.Index));
        ref var month = ref _months[number % Kept];
        if (number > month.Number)
            month = new Month { Number = number };
        if (number == month.Number)
            month = month.With(pollutant, bucket.MicrogramsPerCubicMetre);
    }

    /// <summary>A month with what is not settled yet; null where nothing was measured.</summary>
    public PostPeriod? PeriodOf(string post, DateOnly day, IEnumerable<MeanBucket> unsettled, MeanBuckets slices)
    {
        var number = NumberOf(day);
        var month = _months[number % Kept];
        if (month.Number != number)
            month = new Month { Number = number };
        foreach (var bucket in unsettled)
            if (NumberOf(slices.StartOf(bucket.Index)) == number)
                month = month.With(pollutant, bucket.MicrogramsPerCubicMetre);
        return month.Samples == 0
            ? null
            : new PostPeriod(post, pollutant, month.Maximum, month.Sum / month.Samples, month.Samples, month.Exceedances);
    }

    public void Write(MemoryWriter writer)
    {
        foreach (var month in _months)
        {
            writer.WriteCount(month.Number);
            if (month.Number == 0)
                continue;
            writer.WriteDouble(month.Maximum);
            writer.WriteDouble(month.Sum);
            writer.WriteCount(month.Samples);
            writer.WriteCount(month.Exceedances);
        }
    }

    public void Read(ref MemoryReader reader)
    {
        var latest = NumberOf(DateOnly.MaxValue);
        for (var slot = 0; slot < Kept; slot++)
        {
            var number = reader.ReadCount("number of a month", latest);
            if (number % Kept != slot && number != 0)
                throw reader.Refusal("number of a month", $"{number} is not kept here");
            _months[slot] = number == 0 ? default : new Month(
                number, reader.ReadDouble("maximum of a month"), reader.ReadDouble("sum of a month"),
                reader.ReadCount("means of a month"), reader.ReadCount("exceedances of a month"));
        }
    }

    private static int NumberOf(Instant time) => NumberOf(CivilTime.DateOf(time));

    private static int NumberOf(DateOnly day) => day.Year * 12 + day.Month;

    private readonly record struct Month(int Number, double Maximum, double Sum, int Samples, int Exceedances)
    {
        public Month With(Pollutant pollutant, double mean) => this with
        {
            Maximum = Samples == 0 ? mean : Math.Max(Maximum, mean),
            Sum = Sum + mean,
            Samples = Samples + 1,
            Exceedances = Exceedances + (KazakhstanNorms.Current.MaximumOneTimeMultiple(pollutant, mean) > 1 ? 1 : 0),
        };
    }
}
