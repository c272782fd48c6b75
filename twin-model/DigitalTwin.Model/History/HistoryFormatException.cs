namespace DigitalTwin.Model.History;

/// <summary>Stored history is not what this version writes: damaged, newer, or beyond a bound.</summary>
public sealed class HistoryFormatException(string problem) : Exception(problem);
