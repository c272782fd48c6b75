namespace DigitalTwin.Model.Schema;

/// <summary>
/// The lexical rules of DTDL v3: names, identifiers, language tags. Linear in the text, whatever it holds.
/// </summary>
internal static class DtdlSyntax
{
    // DTDL v3, tables of properties: `name`, `comment`, `description` and `displayName` are of at most 512 characters.
    public const int NameLengthMax = 512;
    public const int TextLengthMax = 512;

    // DTDL v3, "Digital Twin Model Identifier": 128 for an Interface, 2048 for any other user DTMI.
    public const int InterfaceIdLengthMax = 128;
    public const int IdLengthMax = 2048;

    // "The length of a one-part version or the major part is limited to nine digits … the minor part to six digits."
    private const int MajorDigitsMax = 9;
    private const int MinorDigitsMax = 6;
    private const string Scheme = "dtmi:";

    // "contains only alphanumerics and underscore, starting with a letter, ending with alphanumeric"
    public static bool IsName(ReadOnlySpan<char> text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && OnlyLettersDigitsUnderscores(text);

    /// <summary>The rule that an identifier breaks, or none.</summary>
    public static (string Rule, string Message)? IdProblem(string id, int lengthMax)
    {
        if (!id.StartsWith(Scheme, StringComparison.Ordinal))
            return ("dtdl3/id-syntax", $"'{Shortened(id)}' does not start with 'dtmi:'");
        if (id.Length > lengthMax)
            return ("dtdl3/id-length", $"the identifier has {id.Length} characters, at most {lengthMax} are allowed");
        var versionAt = id.IndexOf(';', StringComparison.Ordinal);
        if (versionAt >= 0 && !IsVersion(id.AsSpan(versionAt + 1)))
            return ("dtdl3/id-syntax", $"'{Shortened(id)}' has a version that is neither 'major' nor 'major.minor'");
        var path = versionAt < 0 ? id[Scheme.Length..] : id[Scheme.Length..versionAt];
        var isSystem = false;
        foreach (var segment in path.Split(':'))
        {
            if (segment.Length == 0 || char.IsAsciiDigit(segment[0]) || segment[^1] == '_'
                || !OnlyLettersDigitsUnderscores(segment))
                return (
                    "dtdl3/id-syntax",
                    $"'{Shortened(id)}' has the segment '{Shortened(segment)}', which is not allowed");
            isSystem |= segment[0] == '_';
        }

        // "System DTMIs are not permitted in DTDL model documents; only user DTMIs are permitted."
        if (isSystem)
            return ("dtdl3/id-system", $"'{Shortened(id)}' has a segment that starts with an underscore");
        return id.StartsWith("dtmi:dtdl:", StringComparison.Ordinal)
            || id.StartsWith("dtmi:standard:", StringComparison.Ordinal)
            ? ("dtdl3/id-reserved", $"'{Shortened(id)}' starts with a prefix that the language keeps for itself")
            : null;
    }

    // BCP 47 (RFC 5646 §2.1) as far as DTDL takes it: language, then script, region or both,
    // each in its own case.
    public static bool IsLanguageTag(string tag)
    {
        const int ScriptLength = 4;
        var subtags = tag.Split('-');
        if (subtags[0].Length is < 2 or > 4 || !subtags[0].All(char.IsAsciiLetterLower))
            return false;
        var hasScript = subtags.Length > 1 && subtags[1].Length == ScriptLength;
        if (hasScript && !(char.IsAsciiLetterUpper(subtags[1][0]) && subtags[1].Skip(1).All(char.IsAsciiLetterLower)))
            return false;
        var rest = subtags[(hasScript ? 2 : 1)..];
        return rest.Length == 0 || rest.Length == 1 && IsRegion(rest[0]);
    }

    /// <summary>A text from a document as a message may quote it.</summary>
    public static string Shortened(string text)
    {
        const int QuotedMax = 80;
        return text.Length <= QuotedMax ? text : text[..QuotedMax] + "…";
    }

    private static bool IsRegion(string subtag) =>
        subtag.Length == 2 && subtag.All(char.IsAsciiLetterUpper)
        || subtag.Length == 3 && subtag.All(char.IsAsciiDigit);

    private static bool IsVersion(ReadOnlySpan<char> version)
    {
        var dot = version.IndexOf('.');
        return dot < 0
            ? IsVersionPart(version, MajorDigitsMax)
            : IsVersionPart(version[..dot], MajorDigitsMax) && IsVersionPart(version[(dot + 1)..], MinorDigitsMax);
    }

    // "The first digit of a version or any part thereof may not be zero."
    private static bool IsVersionPart(ReadOnlySpan<char> part, int digitsMax) =>
        part.Length > 0 && part.Length <= digitsMax && part[0] != '0' && !part.ContainsAnyExceptInRange('0', '9');

    private static bool OnlyLettersDigitsUnderscores(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
                return false;
        return true;
    }
}
