namespace DigitalTwin.Model.Schema;

/// <summary>One DTDL v3 Interface as written, before inheritance is resolved.</summary>
/// <param name="Path">Where in its file; empty unless the file holds several.</param>
/// <param name="Elements">How many elements stand under <c>contents</c>, whatever their depth.</param>
internal sealed record DtdlInterface(
    string File,
    string Path,
    string Id,
    LocalizedText DisplayName,
    IReadOnlyList<DtdlReference> Extends,
    IReadOnlyList<DtdlContent> Contents,
    int Elements);

/// <summary>The identifier of another interface, and where it is named.</summary>
internal sealed record DtdlReference(string Id, string Path);

/// <summary>One element of <c>contents</c>.</summary>
/// <param name="Leaves">What a Telemetry or Property holds: itself, or the leaves of its Object schema.</param>
/// <param name="Component">The interface of a Component.</param>
/// <param name="Request">What a Command is given.</param>
internal sealed record DtdlContent(
    string Class,
    string Name,
    string Path,
    LocalizedText DisplayName,
    IReadOnlyList<DtdlProperty> Leaves,
    DtdlReference? Component,
    CommandRequestSchema? Request);

/// <summary>A value of a Telemetry or Property element; one that is inside an Object has a dotted name.</summary>
internal sealed record DtdlProperty(
    string Name,
    LocalizedText DisplayName,
    PropertyRole Role,
    ValueSchema Schema,
    IReadOnlyList<EnumValue> EnumValues,
    string? Unit,
    string? Comment);
