namespace DigitalTwin.EndToEnd.Tests;

/// <summary>A browser with a software renderer takes all cores there are.</summary>
[CollectionDefinition(nameof(OneCityAtATime), DisableParallelization = true)]
public sealed class OneCityAtATime;
