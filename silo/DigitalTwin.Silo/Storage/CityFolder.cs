using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Storage;

/// <summary>What a folder says a city is: its twins, and the kinds and rules beside them.</summary>
public sealed record CityFolder(CityDefinition Definition, CityGraph Graph, CityRules Rules)
{
    /// <exception cref="FileNotFoundException">There is no city.</exception>
    /// <exception cref="CityFileException">A line of it is broken.</exception>
    /// <exception cref="SchemaException">A kind cannot be used.</exception>
    /// <exception cref="CityGraphException">The twins do not fit together.</exception>
    public static CityFolder Read(string folder)
    {
        var path = Path.Combine(folder, CityFile.Name);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no city in {folder}: {CityFile.Name} is missing.");
        return Of(folder, CityFile.Read(path));
    }

    /// <summary>As <see cref="Read"/>, of a city file wherever it is: its kinds are beside it.</summary>
    /// <inheritdoc cref="Read"/>
    public static CityFolder ReadFile(string path) =>
        Of(Path.GetDirectoryName(Path.GetFullPath(path))!, CityFile.Read(path));

    /// <summary>Of twins that are at hand, with the kinds of a folder.</summary>
    /// <inheritdoc cref="Read"/>
    public static CityFolder Of(string folder, CityDefinition definition)
    {
        var kinds = KindFolder.Read(Path.Combine(folder, KindFolder.Name));
        var graph = CityGraphBuilder.Build(kinds.Catalog, definition.Twins);
        return new CityFolder(definition, graph, CityRules.BuiltInFor(graph, kinds.Alarms));
    }
}
