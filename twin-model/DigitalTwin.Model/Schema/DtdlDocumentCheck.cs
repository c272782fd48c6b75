using System.Runtime.InteropServices;
using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>
/// Checks one DTDL document: its interfaces and their contents, as far as no other document is needed.
/// </summary>
internal sealed class DtdlDocumentCheck(DtdlReport report)
{
    // DTDL v3, Interface: "The text of each Interface is limited to 1 MiByte."
    public const int InterfaceBytesMax = 1024 * 1024;

    private readonly DtdlElementCheck _elements = new(report);

    // An array of interfaces is a document of several; each then names its own context.
    public void CheckDocument(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            CheckInterface(root, "", inheritsContext: false);
            return;
        }

        var index = 0;
        foreach (var item in root.EnumerateArray())
            CheckInterface(item, $"[{index++}]", inheritsContext: false);
    }

    private void CheckInterface(JsonElement element, string path, bool inheritsContext)
    {
        var outerTakesSemanticTypes = _elements.TakesSemanticTypes;
        if (element.ValueKind == JsonValueKind.Object && !CheckContext(element, path, inheritsContext))
            return; // the words of another language or version would each be one more problem
        if (_elements.Check(element, path, DtdlVocabulary.Interface) is not null)
        {
            var schemas = new DtdlSchemaCheck(_elements, element);
            CheckSize(element, path);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (content, contentPath) in DtdlElementCheck.Items(element, path, "contents"))
                CheckContent(content, contentPath, schemas, names);
            schemas.CheckReusableSchemas(element, path);
            foreach (var (parent, parentPath) in DtdlElementCheck.Items(element, path, "extends"))
                CheckInterfaceReference(parent, parentPath);
        }

        _elements.TakesSemanticTypes = outerTakesSemanticTypes;
    }

    // DTDL v3, "Context": exactly dtmi:dtdl:context;3 and always first; extensions after it.
    private bool CheckContext(JsonElement element, string path, bool inheritsContext)
    {
        if (!element.TryGetProperty("@context", out _))
        {
            if (!inheritsContext)
                report.Add(
                    DtdlElementCheck.Join(path, "@context"), "dtdl3/context",
                    $"@context does not name {DtdlVocabulary.Context}");
            return inheritsContext;
        }

        var takesSemanticTypes = false;
        var isFirst = true;
        foreach (var (item, itemPath) in DtdlElementCheck.Items(element, path, "@context"))
        {
            var name = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
            if (isFirst && name != DtdlVocabulary.Context)
            {
                report.Add(
                    itemPath, "dtdl3/context",
                    $"@context does not name {DtdlVocabulary.Context} first, but "
                    + $"'{DtdlSyntax.Shortened(item.ToString())}'");
                return false;
            }

            if (!isFirst && name != DtdlVocabulary.QuantitativeContext)
                report.Add(
                    itemPath, "dtdl3/extension",
                    $"'{DtdlSyntax.Shortened(item.ToString())}' is not an extension that is understood here; "
                    + $"{DtdlVocabulary.QuantitativeContext} is");
            takesSemanticTypes |= name == DtdlVocabulary.QuantitativeContext;
            isFirst = false;
        }

        if (isFirst)
            report.Add(
                DtdlElementCheck.Join(path, "@context"), "dtdl3/context",
                $"@context does not name {DtdlVocabulary.Context}");
        _elements.TakesSemanticTypes = takesSemanticTypes;
        return !isFirst;
    }

    // The texts of interfaces written inside this one are not counted.
    private void CheckSize(JsonElement element, string path)
    {
        long bytes = JsonMarshal.GetRawUtf8Value(element).Length;
        foreach (var (inner, _) in DtdlElementCheck.Items(element, "", "extends").Concat(
                     DtdlElementCheck.Items(element, "", "contents")
                         .Where(item => item.Element.ValueKind == JsonValueKind.Object)
                         .SelectMany(item => DtdlElementCheck.Items(item.Element, "", "schema"))))
            if (inner.ValueKind == JsonValueKind.Object
                && DtdlElementCheck.Strings(inner, "@type").Contains("Interface"))
                bytes -= JsonMarshal.GetRawUtf8Value(inner).Length;
        if (bytes > InterfaceBytesMax)
            report.Add(
                path, "dtdl3/interface-size",
                $"the interface has {bytes} bytes, at most {InterfaceBytesMax} are allowed");
    }

    private void CheckContent(JsonElement content, string path, DtdlSchemaCheck schemas, HashSet<string> names)
    {
        var found = _elements.Check(content, path, DtdlVocabulary.Contents);
        if (found is null)
            return;

        // DTDL v3: a name "must be unique for all contents in Interface".
        _elements.CheckUnique(content, path, names);
        if (found == DtdlVocabulary.Telemetry || found == DtdlVocabulary.Property)
            CheckProperty(content, path, schemas);
        else if (found == DtdlVocabulary.Command)
            CheckCommand(content, path, schemas);
        else if (found == DtdlVocabulary.Relationship)
            CheckRelationship(content, path, schemas);
        else if (content.TryGetProperty("schema", out var component))
            CheckInterfaceReference(component, DtdlElementCheck.Join(path, "schema"));
    }

    private void CheckProperty(JsonElement content, string path, DtdlSchemaCheck schemas)
    {
        schemas.CheckMember(content, path, "schema");
        _elements.CheckBoolean(content, path, "writable");
    }

    private void CheckCommand(JsonElement content, string path, DtdlSchemaCheck schemas)
    {
        CheckPayload("request", DtdlVocabulary.CommandRequest);
        CheckPayload("response", DtdlVocabulary.CommandResponse);

        void CheckPayload(string member, DtdlClass expected)
        {
            var payloadPath = DtdlElementCheck.Join(path, member);
            if (content.TryGetProperty(member, out var payload)
                && _elements.Check(payload, payloadPath, expected) is not null)
                schemas.CheckMember(payload, payloadPath, "schema");
        }
    }

    private void CheckRelationship(JsonElement content, string path, DtdlSchemaCheck schemas)
    {
        // DTDL v3, Relationship: minMultiplicity "must be = 0", maxMultiplicity "must be >= 1".
        if (content.TryGetProperty("minMultiplicity", out var minimum)
            && !(minimum.ValueKind == JsonValueKind.Number && minimum.TryGetInt32(out var least) && least == 0))
            report.Add(DtdlElementCheck.Join(path, "minMultiplicity"), "dtdl3/min-multiplicity", "is not 0");
        if (content.TryGetProperty("maxMultiplicity", out var maximum)
            && !(maximum.ValueKind == JsonValueKind.Number && maximum.TryGetInt32(out var most) && most >= 1))
            report.Add(
                DtdlElementCheck.Join(path, "maxMultiplicity"), "dtdl3/max-multiplicity",
                "is not a whole number from 1");
        if (content.TryGetProperty("target", out var target))
            _elements.CheckReference(target, DtdlElementCheck.Join(path, "target"), DtdlSyntax.IdLengthMax);
        _elements.CheckBoolean(content, path, "writable");

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (property, propertyPath) in DtdlElementCheck.Items(content, path, "properties"))
        {
            if (_elements.Check(property, propertyPath, DtdlVocabulary.Property) is null)
                continue;
            _elements.CheckUnique(property, propertyPath, names);
            CheckProperty(property, propertyPath, schemas);
        }
    }

    // What is extended, or is the schema of a component, is named or written in place.
    private void CheckInterfaceReference(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Object)
            CheckInterface(value, path, inheritsContext: true);
        else
            _elements.CheckReference(value, path, DtdlSyntax.InterfaceIdLengthMax);
    }
}
