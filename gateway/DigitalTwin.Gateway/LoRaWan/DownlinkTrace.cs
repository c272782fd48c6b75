namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// By what a downlink is known again after a restart, as one readable text: it is kept where the command is, in the
/// command log.
/// </summary>
/// <param name="QueueItem">ChirpStack's name for it; The Things Stack tells of it by <paramref name="Id"/>.</param>
internal readonly record struct DownlinkTrace(string Id, string NetworkServer, string? QueueItem)
{
    private const string Downlink = "downlink";
    private const string Through = "through";
    private const string As = "as";

    public override string ToString() =>
        $"{Downlink} {Id} {Through} {NetworkServer}{(QueueItem is null ? "" : $" {As} {QueueItem}")}";

    public static bool TryParse(string text, out DownlinkTrace trace)
    {
        // None of the names has a space: ids are, and names of network servers are letters, digits and dashes.
        var words = text.Split(' ');
        var isOne = words is [Downlink, _, Through, _] or [Downlink, _, Through, _, As, _];
        trace = isOne ? new DownlinkTrace(words[1], words[3], words.Length > 4 ? words[5] : null) : default;
        return isOne;
    }
}
