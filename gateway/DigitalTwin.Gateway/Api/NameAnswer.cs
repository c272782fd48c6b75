using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>A name in the three languages of the page; never with a hole.</summary>
/// <param name="En">English.</param>
/// <param name="Ru">Russian.</param>
/// <param name="Kk">Kazakh.</param>
public sealed record NameAnswer(string En, string Ru, string Kk)
{
    /// <summary>What is missing falls back to the first one given; nothing where none is.</summary>
    internal static NameAnswer? Of(string? english, string? russian, string? kazakh) =>
        (english ?? russian ?? kazakh) is { } first
            ? new NameAnswer(english ?? first, russian ?? first, kazakh ?? first)
            : null;

    internal static NameAnswer Of(LocalizedText text) => new(text.English, text.Russian, text.Kazakh);
}
