namespace DigitalTwin.Model.Graph;

/// <summary>A twin's ordinal in the city graph: dense, and stable as long as that graph is loaded.</summary>
public readonly record struct TwinHandle(int Ordinal)
{
    public static readonly TwinHandle None = new(-1);

    public bool IsNone => Ordinal < 0;
}
