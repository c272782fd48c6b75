using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>Reads the interfaces of a document that <see cref="DtdlRules"/> has found valid.</summary>
internal sealed class DtdlReader
{
    /// <summary>
    /// How many values one kind may have. A reusable Object multiplies where it is referred to: five levels of a
    /// thousand fields fit in a small document and would not fit in memory.
    /// </summary>
    public const int ValuesMax = 4096;

    private readonly string _file;
    private readonly List<DtdlInterface> _interfaces = [];

    private DtdlReader(string file) => _file = file;

    /// <summary>
    /// The interfaces in the order of the document; those written in place come before what refers to them.
    /// </summary>
    /// <exception cref="SchemaException">An interface has more values than the platform carries.</exception>
    public static IReadOnlyList<DtdlInterface> Read(string file, string json)
    {
        using var document = JsonDocument.Parse(json);
        var reader = new DtdlReader(file);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            reader.ReadInterface(document.RootElement, "");
        else
            foreach (var (item, index) in document.RootElement.EnumerateArray().Select((item, index) => (item, index)))
                reader.ReadInterface(item, $"[{index}]");
        return reader._interfaces;
    }

    private DtdlReference ReadReference(JsonElement value, string path) =>
        new(value.ValueKind == JsonValueKind.Object ? ReadInterface(value, path) : value.GetString()!, path);

    private string ReadInterface(JsonElement element, string path)
    {
        var id = element.GetProperty("@id").GetString()!;
        var extends = DtdlElementCheck.Items(element, path, "extends")
            .Select(item => ReadReference(item.Element, item.Path)).DistinctBy(parent => parent.Id).ToArray();
        var schemas = DtdlElementCheck.Items(element, path, "schemas").ToDictionary(
            item => item.Element.GetProperty("@id").GetString()!, item => item.Element, StringComparer.Ordinal);
        var contents = new List<DtdlContent>();
        var values = new DtdlValues(_file, path, schemas);
        var elements = 0;
        foreach (var (content, contentPath) in DtdlElementCheck.Items(element, path, "contents"))
        {
            contents.Add(ReadContent(content, contentPath, values));
            elements += Elements(content);
        }

        _interfaces.Add(new DtdlInterface(
            _file, path, id, DtdlValues.Text(element, "displayName", id), extends, contents, elements));
        return id;
    }

    private DtdlContent ReadContent(JsonElement content, string path, DtdlValues values)
    {
        var name = content.GetProperty("name").GetString()!;
        var found = DtdlElementCheck.Strings(content, "@type")
            .First(type => DtdlVocabulary.Contents.Any(known => known.Name == type));
        var isValue = found == DtdlVocabulary.Telemetry.Name || found == DtdlVocabulary.Property.Name;
        var component = found == DtdlVocabulary.Component.Name
            ? ReadReference(content.GetProperty("schema"), DtdlElementCheck.Join(path, "schema")) : null;
        return new DtdlContent(
            found, name, path, DtdlValues.Text(content, "displayName", name),
            isValue ? values.LeavesOf(content, found == DtdlVocabulary.Telemetry.Name) : [], component,
            content.TryGetProperty("request", out var request) ? values.RequestOf(request) : null);
    }

    // DTDL v3, Interface: "every element that is indirectly under contents" counts; texts and other interfaces do not.
    private static int Elements(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when DtdlElementCheck.Strings(element, "@type").Contains("Interface") => 0,
        JsonValueKind.Object => 1 + element.EnumerateObject()
            .Where(member => member.Name is not ("displayName" or "description")).Sum(member => Elements(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().Sum(Elements),
        _ => 0,
    };
}
