namespace DigitalTwin.Gateway.IotHub.Query;

/// <summary>
/// A query of IoT Hub's language over device twins: <c>SELECT * FROM devices [WHERE condition]</c>. A comparison with
/// something that is not there, or of another type, is neither true nor false, as with IoT Hub.
/// </summary>
internal sealed class TwinQuery
{
    private readonly QueryCondition? _condition;

    private TwinQuery(QueryCondition? condition) => _condition = condition;

    /// <summary>False where it is not such a query; the problem names the place.</summary>
    public static bool TryParse(string text, HubLimits limits, out TwinQuery query, out string problem)
    {
        query = new TwinQuery(null);
        if (text.Length > limits.QueryCharactersMax)
        {
            problem = $"a query has at most {limits.QueryCharactersMax} characters";
            return false;
        }

        if (QueryTokens.Read(text, out var at) is not { } tokens)
        {
            problem = $"position {at}: not a text, number, name or comparison";
            return false;
        }

        var parser = new QueryParser(tokens, limits.QueryDepthMax);
        var isRead = parser.TryRead(out var condition);
        problem = parser.Problem;
        query = new TwinQuery(condition);
        return isRead;
    }

    public bool Matches(QueryRow row) => _condition is null || _condition(row) == true;
}

/// <summary>True, false, or null where it cannot be said.</summary>
internal delegate bool? QueryCondition(QueryRow row);
