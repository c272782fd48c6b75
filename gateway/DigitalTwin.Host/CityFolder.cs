using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary>What a folder says a city is: its twins, and the kinds and rules beside them.</summary>
internal sealed record CityFolder(CityDefinition Definition, CityGraph Graph, CityRules Rules)
{
    /// <exception cref="CityFileException">There is no city, or a line of it is broken.</exception>
    /// <exception cref="SchemaException">A kind cannot be used.</exception>
    /// <exception cref="CityGraphException">The twins do not fit together.</exception>
    public static CityFolder Read(string folder)
    {
        var path = Path.Combine(folder, CityFile.Name);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no city in {folder}: {CityFile.Name} is missing.");
        return Of(folder, CityFile.Read(path));
    }

    public static CityFolder Of(string folder, CityDefinition definition)
    {
        var kinds = KindFolder.Read(Path.Combine(folder, KindFolder.Name));
        var graph = CityGraphBuilder.Build(kinds.Catalog, definition.Twins);
        return new CityFolder(definition, graph, CityRules.BuiltInFor(graph, kinds.Alarms));
    }
}
