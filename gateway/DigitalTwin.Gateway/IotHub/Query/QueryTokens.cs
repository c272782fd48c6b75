using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub.Query;

internal enum QueryTokenKind : byte
{
    End,

    /// <summary>A word or a path: letters, digits, <c>_ $ . - :</c>.</summary>
    Word,
    Literal,

    /// <summary>A comparison, a parenthesis, a bracket, a comma or a star.</summary>
    Sign,
}

/// <summary>A piece of a query.</summary>
internal readonly record struct QueryToken(QueryTokenKind Kind, string Text, JsonValue? Literal, int At)
{
    public bool Is(string text) =>
        Kind is QueryTokenKind.Word or QueryTokenKind.Sign && Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Cuts a query into its pieces.</summary>
internal static class QueryTokens
{
    /// <summary>The pieces and an end; null where a character or a text without its end is at <paramref name="at"/>.</summary>
    public static List<QueryToken>? Read(string query, out int at)
    {
        var tokens = new List<QueryToken>();
        at = 0;
        while (at < query.Length)
        {
            var first = query[at];
            if (char.IsWhiteSpace(first))
            {
                at++;
                continue;
            }

            var token = first is '\'' or '"' ? Text(query, at, out var length)
                : char.IsAsciiDigit(first) || (first == '-' && at + 1 < query.Length && char.IsAsciiDigit(query[at + 1]))
                    ? Number(query, at, out length)
                : IsOfWord(first) ? Word(query, at, out length)
                : Sign(query, at, out length);
            if (token is not { } read)
                return null;
            tokens.Add(read);
            at += length;
        }

        tokens.Add(new QueryToken(QueryTokenKind.End, "", null, at));
        return tokens;
    }

    private static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || character is '_' or '$' or '.' or ':';

    private static QueryToken? Word(string query, int at, out int length)
    {
        length = 0;
        while (at + length < query.Length && (IsOfWord(query[at + length]) || query[at + length] == '-'))
            length++;
        var text = query.Substring(at, length);
        return text.ToUpperInvariant() switch
        {
            "TRUE" => new QueryToken(QueryTokenKind.Literal, text, JsonValue.Create(true), at),
            "FALSE" => new QueryToken(QueryTokenKind.Literal, text, JsonValue.Create(false), at),
            _ => new QueryToken(QueryTokenKind.Word, text, null, at),
        };
    }

    // A quote within is doubled or follows a backslash.
    private static QueryToken? Text(string query, int at, out int length)
    {
        var quote = query[at];
        var text = new StringBuilder();
        for (length = 1; at + length < query.Length; length++)
        {
            var character = query[at + length];
            var next = at + length + 1 < query.Length ? query[at + length + 1] : '\0';
            if ((character == quote && next == quote) || (character == '\\' && (next == quote || next == '\\')))
            {
                text.Append(next);
                length++;
            }
            else if (character == quote)
            {
                length++;
                return new QueryToken(QueryTokenKind.Literal, "", JsonValue.Create(text.ToString()), at);
            }
            else
            {
                text.Append(character);
            }
        }

        return null;
    }

    private static QueryToken? Number(string query, int at, out int length)
    {
        length = 1;
        while (at + length < query.Length && (char.IsAsciiLetterOrDigit(query[at + length]) || query[at + length] is '.'
            || (query[at + length] is '+' or '-' && query[at + length - 1] is 'e' or 'E')))
            length++;
        var text = query.AsSpan(at, length);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
                ? new QueryToken(QueryTokenKind.Literal, text.ToString(), JsonValue.Create(number), at)
                : null;
    }

    private static QueryToken? Sign(string query, int at, out int length)
    {
        var two = at + 1 < query.Length ? query.Substring(at, 2) : "";
        length = two is "!=" or "<>" or "<=" or ">=" ? 2 : 1;
        return length == 2 || query[at] is '=' or '<' or '>' or '(' or ')' or '[' or ']' or ',' or '*'
            ? new QueryToken(QueryTokenKind.Sign, query.Substring(at, length), null, at)
            : null;
    }
}
