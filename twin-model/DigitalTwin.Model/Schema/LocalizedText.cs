namespace DigitalTwin.Model.Schema;

/// <summary>A name in the city's three languages.</summary>
public sealed record LocalizedText(string English, string Russian, string Kazakh)
{
    public static LocalizedText Same(string text) => new(text, text, text);
}
