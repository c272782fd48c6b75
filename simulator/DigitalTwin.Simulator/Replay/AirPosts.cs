using System.Globalization;
using System.Text.RegularExpressions;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.Replay;

/// <summary>
/// Which twin a row of the file belongs to. The file's <c>PCP #N</c> is, in this order: the official sensor with the
/// attribute <c>postNumber</c> N, the one with <c>PCP #N</c> in any attribute (a name, usually), the one whose id ends in
/// the number N (<c>post-01</c> is 1). A row without a number belongs to the twin whose id is its <c>post</c>.
/// </summary>
internal sealed partial class AirPosts
{
    private const string Model = "dtmi:kz:almaty:AirQualitySensor;1";

    private readonly Dictionary<int, (FleetDevice Device, FleetTwin Twin)> _byNumber = [];
    private readonly Dictionary<string, (FleetDevice Device, FleetTwin Twin)> _byId = new(StringComparer.Ordinal);

    public AirPosts(IReadOnlyList<FleetDevice> fleet)
    {
        var posts = fleet.SelectMany(device => device.Twins, (device, twin) => (Device: device, Twin: twin))
            .Where(post => post.Twin.ModelId == Model && post.Twin.Attributes.GetValueOrDefault("grade") != "indicative")
            .ToArray();
        foreach (var numberOf in new Func<FleetTwin, int?>[] { ByAttribute, ByName, ById })
            foreach (var post in posts)
                if (numberOf(post.Twin) is { } number && !_byNumber.ContainsValue(post))
                    _byNumber.TryAdd(number, post);
        foreach (var post in posts)
            _byId[post.Twin.Id] = post;
    }

    public int Count => _byId.Count;

    public bool TryFind(AirRow row, out (FleetDevice Device, FleetTwin Twin) post) =>
        row.PostNumber is { } number ? _byNumber.TryGetValue(number, out post) : _byId.TryGetValue(row.Post, out post);

    private static int? ByAttribute(FleetTwin twin) =>
        int.TryParse(twin.Attributes.GetValueOrDefault("postNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static int? ByName(FleetTwin twin) =>
        twin.Attributes.Values.Select(AirFile.PostNumberIn).FirstOrDefault(number => number is not null);

    private static int? ById(FleetTwin twin) =>
        NumberAtEnd().Match(twin.Id) is { Success: true } match
            ? int.Parse(match.Value, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(@"\d{1,6}$")]
    private static partial Regex NumberAtEnd();
}
