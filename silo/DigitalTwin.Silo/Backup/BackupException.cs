namespace DigitalTwin.Silo.Backup;

/// <summary>
/// A backup cannot be made, is damaged, or does not give back the city it was made of; says what and why.
/// </summary>
public sealed class BackupException(string what, string problem, Exception? cause = null)
    : Exception($"{what}: {problem}", cause);
