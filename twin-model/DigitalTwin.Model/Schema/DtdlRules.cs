using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>
/// Checks documents against DTDL v3 (Azure/opendigitaltwins-dtdl, DTDL/v3) with QuantitativeTypes v1. Pure: text in,
/// problems out; no input makes it throw. Types and units are accepted as terms, not as expanded identifiers.
/// </summary>
public static class DtdlRules
{
    /// <summary>The problems of one document that can be seen without the others; none where it is valid.</summary>
    public static IReadOnlyList<DtdlProblem> Check(string file, string json)
    {
        var report = new DtdlReport(file);
        using var document = TryParse(json, report);
        if (document is not null)
            new DtdlDocumentCheck(report).CheckDocument(document.RootElement);
        return report.Problems;
    }

    /// <summary>
    /// The problems of documents (file name → JSON text) that make up a catalogue: those of each, and where each has
    /// none, those of what they say about one another by <c>extends</c> and by components.
    /// </summary>
    public static IReadOnlyList<DtdlProblem> Check(IReadOnlyDictionary<string, string> dtdlByFile)
    {
        var inOrder = dtdlByFile
            .OrderBy(entry => entry.Key, StringComparer.Ordinal).ToArray();
        DtdlProblem[] problems = [.. inOrder.SelectMany(entry => Check(entry.Key, entry.Value))];
        return problems.Length > 0 ? problems
            : new DtdlHierarchy([.. inOrder.SelectMany(entry => DtdlReader.Read(entry.Key, entry.Value))]).Problems;
    }

    // RFC 8259 §4 leaves open what a member given twice means, so it is refused.
    private static JsonDocument? TryParse(string json, DtdlReport report)
    {
        try
        {
            var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            DecodeStrings(document.RootElement);
            return document;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or InvalidOperationException)
        {
            report.Add("", "dtdl3/json", problem.Message);
            return null;
        }
    }

    // RFC 8259 §8.2: an escape may name half of a surrogate pair, which is no text; the reader
    // throws when it is decoded.
    private static void DecodeStrings(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            _ = element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray())
                DecodeStrings(item);
        else if (element.ValueKind == JsonValueKind.Object)
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                DecodeStrings(member.Value);
            }
    }
}
