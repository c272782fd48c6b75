using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>A twin of the city's services: a device of its own, in the district where it stands.</summary>
internal static class ServiceTwin
{
    public static TwinDefinition At(
        GeoPoint position, string model, string id, LocalizedName name, TimeSpan interval,
        params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var all = DemoText.Names(name);
        foreach (var (attribute, value) in attributes)
            all.Add(attribute, value);
        return new TwinDefinition
        {
            Id = id,
            ModelId = DemoText.Model(model),
            ParentId = DistrictOutlines.Nearest(position).Id,
            Position = position,
            Attributes = all,
            ExpectedInterval = interval,
        };
    }

    /// <summary>"Kind, place" in the three languages.</summary>
    public static LocalizedName Named(LocalizedName kind, LocalizedName place) => new(
        $"{kind.English}, {place.English}", $"{kind.Russian}, {place.Russian}", $"{kind.Kazakh}, {place.Kazakh}");

    /// <summary>"Kind number" in the three languages.</summary>
    public static LocalizedName Numbered(LocalizedName kind, int number) => new(
        $"{kind.English} {number}", $"{kind.Russian} № {number}", $"{kind.Kazakh} № {number}");

    /// <summary>As many as at scale one, times the scale, and never too few or too many to look at.</summary>
    public static int Count(int atScaleOne, double scale, int least, int most) =>
        Math.Clamp((int)Math.Round(atScaleOne * scale), least, most);
}

/// <summary>Chooses places that lie as far from each other as they can.</summary>
internal static class Spacing
{
    /// <summary>Begins with the first, and takes the one farthest from all taken until there are enough.</summary>
    public static IReadOnlyList<Spot> Farthest(IReadOnlyList<Spot> candidates, int count)
    {
        var taken = new List<Spot>(count);
        var distance = new double[candidates.Count];
        Array.Fill(distance, double.MaxValue);
        while (taken.Count < Math.Min(count, candidates.Count))
        {
            var next = taken.Count == 0 ? 0 : Array.IndexOf(distance, distance.Max());
            taken.Add(candidates[next]);
            for (var i = 0; i < distance.Length; i++)
                distance[i] = Math.Min(distance[i], candidates[i].DistanceTo(candidates[next]));
        }

        return taken;
    }
}
