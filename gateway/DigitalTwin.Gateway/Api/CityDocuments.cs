using System.Text;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>The documents that do not change while the server runs; each is made when it is first asked for.</summary>
internal sealed class CityDocuments
{
    private const string DtdlContentType = "application/json; charset=utf-8";

    private readonly Lazy<PublishedDocument>[] _scenes;
    private readonly Lazy<PublishedDocument> _ground;
    private readonly Lazy<PublishedDocument> _city;
    private readonly Lazy<PublishedDocument> _models;
    private readonly Lazy<Dictionary<string, PublishedDocument>> _dtdlByFile;

    public CityDocuments(CityDefinition city, CityGraph graph, ServerEpoch epoch, CityApiOptions options)
    {
        _scenes = [.. Enum.GetValues<TwinKind>().Select(kind => new Lazy<PublishedDocument>(() =>
            new PublishedDocument(SceneFile.Encode(graph, kind, epoch.Value), SceneFile.ContentType)))];
        _ground = new Lazy<PublishedDocument>(() => ApiJson.Publish(GroundAnswer.Of(city.Ground)));
        _city = new Lazy<PublishedDocument>(() => ApiJson.Publish(CityAnswer.Of(city, graph, epoch.Value, options)));
        _models = new Lazy<PublishedDocument>(() => ApiJson.Publish(ModelsAnswer.Of(graph.Catalog)));
        _dtdlByFile = new Lazy<Dictionary<string, PublishedDocument>>(() => Dtdl(graph.Catalog));
    }

    public PublishedDocument Ground => _ground.Value;

    public PublishedDocument City => _city.Value;

    public PublishedDocument Models => _models.Value;

    public PublishedDocument Scene(TwinKind kind) => _scenes[(int)kind].Value;

    public PublishedDocument? DtdlOf(string file) => _dtdlByFile.Value.GetValueOrDefault(file);

    private static Dictionary<string, PublishedDocument> Dtdl(ModelCatalog catalog) => catalog.Documents.ToDictionary(
        entry => entry.Key,
        entry => new PublishedDocument(Encoding.UTF8.GetBytes(entry.Value), DtdlContentType),
        StringComparer.Ordinal);
}
