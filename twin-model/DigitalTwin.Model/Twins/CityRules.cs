using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;

namespace DigitalTwin.Model.Twins;

/// <summary>All rules of one city: alarm rules by model, lighting programmes, and where the city is.</summary>
public sealed class CityRules
{
    // Republic Square: for a graph that has no city twin, as in tests.
    private static readonly GeoPoint s_almaty = new(76.9450, 43.2389);

    private readonly TwinRuleSet[] _byModel;

    /// <exception cref="SchemaException">A rule names a property that its model has not.</exception>
    public CityRules(ModelCatalog catalog, AlarmRuleBook book, LightingProgrammes lighting, GeoPoint place)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(book);
        Catalog = catalog;
        Book = book;
        Lighting = new LightingCalendar(lighting, place);
        _byModel =
        [
            .. catalog.Models.Select(model => new TwinRuleSet(
                model, RulesFor(model, book), this)),
        ];
    }

    public ModelCatalog Catalog { get; }

    public AlarmRuleBook Book { get; }

    public LightingCalendar Lighting { get; }

    public TwinRuleSet this[TwinModel model] => _byModel[model.Index];

    // Of several rules of one code the one that names the model itself counts: an alarm has one condition.
    private static IEnumerable<AlarmRule> RulesFor(TwinModel model, AlarmRuleBook book) => book.Rules
        .Where(rule => rule.ModelIds.Any(model.IsA))
        .GroupBy(rule => rule.Code, StringComparer.Ordinal)
        .Select(same => same.FirstOrDefault(rule => rule.ModelIds.Contains(model.Id)) ?? same.First());

    /// <summary>The compiled-in rules for a city.</summary>
    public static CityRules BuiltInFor(CityGraph graph, AlarmRuleBook? book = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var city = graph.All().FirstOrDefault(twin => graph.ModelOf(twin).Kind == TwinKind.City, TwinHandle.None);
        return new CityRules(
            graph.Catalog, book ?? AlarmRuleBook.BuiltIn, LightingProgrammes.BuiltIn,
            city.IsNone ? s_almaty : graph.PositionOf(city));
    }
}
