namespace DigitalTwin.Gateway.Push;

/// <summary>Chosen anew at every start: handles and frame numbers of another epoch mean nothing.</summary>
public sealed record ServerEpoch(uint Value);
