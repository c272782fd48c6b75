using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub.Query;

/// <summary>Makes a condition of a query's pieces, by recursive descent: OR below AND below NOT below comparisons.</summary>
internal sealed class QueryParser(List<QueryToken> tokens, int depthMax)
{
    private int _at;
    private int _depth;

    /// <summary>What is wrong, and where.</summary>
    public string Problem { get; private set; } = "";

    private QueryToken Now => tokens[_at];

    /// <summary>False where it is not a query of this language; no condition: every device.</summary>
    public bool TryRead(out QueryCondition? condition)
    {
        condition = null;
        if (!Take("SELECT") || !Take("*") || !Take("FROM") || !Take("devices"))
            return false;
        if (Now.Kind == QueryTokenKind.End)
            return true;
        if (!Take("WHERE"))
            return false;
        condition = Or();
        if (condition is null)
            return false;
        return Now.Kind == QueryTokenKind.End || Fail("the end of the query is expected");
    }

    private QueryCondition? Or()
    {
        var left = And();
        while (left is not null && Now.Is("OR"))
        {
            _at++;
            if (And() is not { } right)
                return null;
            var known = left;
            // True wins over what cannot be said.
            left = row => known(row) is var one && one == true ? true
                : right(row) is var other && other == true ? true
                : one is null || other is null ? null : false;
        }

        return left;
    }

    private QueryCondition? And()
    {
        var left = Not();
        while (left is not null && Now.Is("AND"))
        {
            _at++;
            if (Not() is not { } right)
                return null;
            var known = left;
            left = row => known(row) is var one && one == false ? false
                : right(row) is var other && other == false ? false
                : one is null || other is null ? null : true;
        }

        return left;
    }

    private QueryCondition? Not()
    {
        // The stack is not ours to spend: what is too deep is refused.
        if (++_depth > depthMax)
        {
            Fail($"at most {depthMax} conditions within each other");
            return null;
        }

        var condition = Now.Is("NOT") ? Negated() : Now.Is("(") ? Grouped() : Comparison();
        _depth--;
        return condition;
    }

    private QueryCondition? Negated()
    {
        _at++;
        return Not() is { } inner ? row => !inner(row) : null;
    }

    private QueryCondition? Grouped()
    {
        _at++;
        return Or() is { } inner && Take(")") ? inner : null;
    }

    private QueryCondition? Comparison()
    {
        if (Now.Is("is_defined") || Now.Is("is_null"))
            return Function();
        if (Operand() is not { } left)
            return null;
        if (Now.Is("IN") || Now.Is("NIN"))
            return Among(left);
        var sign = Now.Text;
        if (Now.Kind != QueryTokenKind.Sign || sign is not ("=" or "!=" or "<>" or "<" or "<=" or ">" or ">="))
        {
            Fail("a comparison is expected: = != < <= > >= IN NIN");
            return null;
        }

        _at++;
        return Operand() is { } right ? row => Compare(left(row), sign, right(row)) : null;
    }

    // IoT Hub keeps no null in a twin: what is null is not there.
    private QueryCondition? Function()
    {
        var isDefined = Now.Is("is_defined");
        _at++;
        if (!Take("(") || Path() is not { } path || !Take(")"))
            return null;
        return row => row.ValueOf(path) is not null == isDefined;
    }

    private QueryCondition? Among(Func<QueryRow, JsonNode?> left)
    {
        var isNot = Now.Is("NIN");
        _at++;
        if (!Take("["))
            return null;
        var values = new List<JsonValue>();
        while (!Now.Is("]"))
        {
            if (values.Count > 0 && !Take(","))
                return null;
            if (Now.Literal is not { } literal)
            {
                Fail("a text, a number, true or false is expected");
                return null;
            }

            values.Add(literal);
            _at++;
        }

        _at++;
        return row => left(row) is not { } value ? null
            : values.Exists(one => Compare(value, "=", one) == true) != isNot;
    }

    private Func<QueryRow, JsonNode?>? Operand()
    {
        if (Now.Literal is { } literal)
        {
            _at++;
            return _ => literal;
        }

        return Path() is { } path ? row => row.ValueOf(path) : null;
    }

    private string[]? Path()
    {
        if (Now.Kind != QueryTokenKind.Word || !QueryRow.IsKnown(Now.Text))
        {
            Fail("a property of a device is expected: tags.…, properties.desired.…, properties.reported.…, deviceId, " +
                "status, connectionState, …");
            return null;
        }

        return tokens[_at++].Text.Split('.');
    }

    private static bool? Compare(JsonNode? left, string sign, JsonNode? right)
    {
        if (left is not JsonValue one || right is not JsonValue other || Order(one, other) is not { } order)
            return null;
        return sign switch
        {
            "=" => order == 0,
            "!=" or "<>" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static int? Order(JsonValue left, JsonValue right) => (left.GetValueKind(), right.GetValueKind()) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => NumberOf(left).CompareTo(NumberOf(right)),
        (JsonValueKind.String, JsonValueKind.String) =>
            string.CompareOrdinal(left.GetValue<string>(), right.GetValue<string>()),
        (JsonValueKind.True or JsonValueKind.False, JsonValueKind.True or JsonValueKind.False) =>
            left.GetValue<bool>().CompareTo(right.GetValue<bool>()),
        _ => null,
    };

    private static double NumberOf(JsonValue value) =>
        value.TryGetValue(out double real) ? real : value.TryGetValue(out long whole) ? whole : value.GetValue<int>();

    private bool Take(string text)
    {
        if (!Now.Is(text))
            return Fail($"{text} is expected");
        _at++;
        return true;
    }

    private bool Fail(string problem)
    {
        Problem = $"position {Now.At}: {problem}";
        return false;
    }
}
