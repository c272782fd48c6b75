namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What was granted to a topic filter.</summary>
/// <param name="Options">The subscription options byte (5.0 §3.8.3.1) with the QoS that was granted.</param>
internal readonly record struct Subscription(byte Options)
{
    public int Qos => Options & 3;

    public bool IsRetainAsPublished => (Options & 0x08) != 0;

    /// <summary>0: send retained messages; 1: only to a new subscription; 2: do not.</summary>
    public int RetainHandling => Options >> 4 & 3;
}

/// <summary>Topic filters (MQTT 5.0 §4.7; the same in 3.1.1).</summary>
internal static class TopicFilter
{
    /// <summary>Whether wildcards stand where they may (§4.7.1): + alone in a level, # alone in the last.</summary>
    public static bool IsValid(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty || filter.Contains('\0'))
            return false;
        while (true)
        {
            var slash = filter.IndexOf('/');
            var level = slash < 0 ? filter : filter[..slash];
            if (level.ContainsAny('+', '#') && (level.Length > 1 || (level[0] == '#' && slash >= 0)))
                return false;
            if (slash < 0)
                return true;
            filter = filter[(slash + 1)..];
        }
    }

    /// <summary>Whether a topic name fits a valid filter.</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        // §4.7.2: a wildcard in front does not match topics that begin with $.
        if (topic.Length > 0 && topic[0] == '$' && filter.Length > 0 && filter[0] is '+' or '#')
            return false;
        while (true)
        {
            if (filter is "#")
                return true;
            var filterSlash = filter.IndexOf('/');
            var topicSlash = topic.IndexOf('/');
            var filterLevel = filterSlash < 0 ? filter : filter[..filterSlash];
            var topicLevel = topicSlash < 0 ? topic : topic[..topicSlash];
            if (!(filterLevel is "+") && !filterLevel.SequenceEqual(topicLevel))
                return false;
            if (filterSlash < 0 || topicSlash < 0)
                // §4.7.1.2: "sport/#" also matches "sport".
                return (filterSlash < 0 && topicSlash < 0) || (topicSlash < 0 && filter[filterSlash..] is "/#");
            filter = filter[(filterSlash + 1)..];
            topic = topic[(topicSlash + 1)..];
        }
    }
}
