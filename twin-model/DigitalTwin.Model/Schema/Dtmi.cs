namespace DigitalTwin.Model.Schema;

/// <summary>Digital twin model identifiers as devices and services name them.</summary>
public static class Dtmi
{
    /// <summary>Whether an interface may have it (DTDL v3): <c>dtmi:</c>, segments, and a version.</summary>
    public static bool IsInterfaceId(string? text) =>
        text is not null && DtdlSyntax.IdProblem(text, DtdlSyntax.InterfaceIdLengthMax) is null;
}
