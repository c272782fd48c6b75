using System.Security.Cryptography;
using System.Text;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Import;

/// <summary>The same thing in the file gets the same id at every import.</summary>
internal static class ImportIds
{
    private const int HashBytes = 10; // two of a million differ with odds of 10^12 to 1

    /// <summary>The file's id; <c>way/17</c> becomes <c>way-17</c>; what still does not fit is hashed.</summary>
    public static string From(string fileId, string prefix)
    {
        var id = fileId.Replace('/', '-').Replace(' ', '-');
        return CityGraphBuilder.IsValidId(id) ? id : FromContent(Encoding.UTF8.GetBytes(fileId), prefix);
    }

    public static string NotAnId(string text) =>
        $"'{text}' is not 1 to {CityGraphBuilder.IdCharactersMax} of A–Z a–z 0–9 - _ . :";

    public static string FromContent(ReadOnlySpan<byte> content, string prefix)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return prefix + Convert.ToHexStringLower(hash[..HashBytes]);
    }

    /// <summary>The feature's own id before the ids that OpenStreetMap's tools write as properties.</summary>
    public static string Of(GeoFeature feature, string prefix) =>
        (feature.Id ?? feature.Property("id", "@id", "osm_id", "osmRelationId")) is { } id
            ? From(id, prefix)
            : FromContent(feature.Content(), prefix);
}
