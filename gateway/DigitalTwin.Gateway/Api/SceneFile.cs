using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>Encodes where the twins of one kind stand and what they look like: ALS1, contract §3.</summary>
internal sealed class SceneFile
{
    public const string ContentType = "application/octet-stream";
    private const uint Magic = 0x31534C41;
    private const int HeaderBytes = 32;
    private const byte Version = 1;
    private const double MetresPerFloor = 3;
    private const double PoleHeightMetres = 8;

    private readonly CityGraph _graph;
    private readonly TwinKind _kind;
    private readonly int _count;
    private readonly int _vertexCount;
    private readonly int _idBytes;
    private readonly SceneColumns _columns;
    private readonly byte[] _file;

    private SceneFile(CityGraph graph, TwinKind kind)
    {
        _graph = graph;
        _kind = kind;
        for (var ordinal = 0; ordinal < graph.Count; ordinal++)
        {
            var twin = new TwinHandle(ordinal);
            if (graph.ModelOf(twin).Kind != kind)
                continue;
            _count++;
            _vertexCount = checked(_vertexCount + OpenRing.CountOf(graph.OutlineOf(twin)));
            _idBytes += graph.IdOf(twin).Length;
        }

        _columns = SceneColumns.Layout(HeaderBytes, _count, _vertexCount, _idBytes);
        _file = new byte[_columns.End];
    }

    public static byte[] Encode(CityGraph graph, TwinKind kind, uint epoch)
    {
        var scene = new SceneFile(graph, kind);
        scene.WriteHeader(epoch);
        scene.WriteTwins();
        return scene._file;
    }

    private void WriteHeader(uint epoch)
    {
        U32(0, Magic);
        _file[4] = (byte)_kind;
        _file[5] = Version;
        U32(8, (uint)_count);
        U32(12, (uint)_vertexCount);
        U32(16, (uint)_idBytes);
        U32(20, epoch);
    }

    private void WriteTwins()
    {
        int index = 0, vertex = 0, idByte = 0;
        for (var ordinal = 0; ordinal < _graph.Count; ordinal++)
        {
            var twin = new TwinHandle(ordinal);
            var model = _graph.ModelOf(twin);
            if (model.Kind != _kind)
                continue;
            var position = _graph.PositionOf(twin);
            var attributes = _graph.AttributesOf(twin);
            F64(_columns.Longitude + 8 * index, position.LongitudeDegrees);
            F64(_columns.Latitude + 8 * index, position.LatitudeDegrees);
            U32(_columns.Handle + 4 * index, (uint)ordinal);
            U32(_columns.Parent + 4 * index, (uint)_graph.ParentOf(twin).Ordinal);
            U32(_columns.District + 4 * index, (uint)_graph.DistrictOf(twin).Ordinal);
            F32(_columns.Height + 4 * index, (float)HeightMetres(attributes));
            BinaryPrimitives.WriteUInt16LittleEndian(_file.AsSpan(_columns.Model + 2 * index), (ushort)model.Index);
            _file[_columns.Tag + index] = Tag(model, attributes);
            vertex = WriteOutline(position, _graph.OutlineOf(twin), vertex);
            idByte += Encoding.ASCII.GetBytes(_graph.IdOf(twin), _file.AsSpan(_columns.Ids + idByte));
            index++;
            // Column starts are ends too: element n + 1 closes element n, and element 0 stays zero.
            U32(_columns.OutlineStart + 4 * index, (uint)vertex);
            U32(_columns.IdStart + 4 * index, (uint)idByte);
        }
    }

    private int WriteOutline(GeoPoint position, IReadOnlyList<GeoPoint>? ring, int vertex)
    {
        var count = OpenRing.CountOf(ring);
        if (count == 0)
            return vertex;
        var clockwise = OpenRing.IsClockwise(ring!, count);
        for (var i = 0; i < count; i++, vertex++)
        {
            var (east, north) = OpenRing.Metres(from: position, to: ring![clockwise ? count - 1 - i : i]);
            F32(_columns.Outline + 8 * vertex, (float)east);
            F32(_columns.Outline + 8 * vertex + 4, (float)north);
        }

        return vertex;
    }

    private double HeightMetres(IReadOnlyDictionary<string, string> attributes) => _kind switch
    {
        TwinKind.Building =>
            Positive(attributes, "heightMetres") ?? (Positive(attributes, "floors") ?? 1) * MetresPerFloor,
        TwinKind.Streetlight =>
            Positive(attributes, "poleHeightMetres") ?? Positive(attributes, "heightMetres") ?? PoleHeightMetres,
        _ => Positive(attributes, "heightMetres") ?? 0,
    };

    private static double? Positive(IReadOnlyDictionary<string, string> attributes, string name) =>
        attributes.Count > 0 && attributes.TryGetValue(name, out var text)
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number > 0 && double.IsFinite(number)
            ? number
            : null;

    private static byte Tag(TwinModel model, IReadOnlyDictionary<string, string> attributes) => model.Kind switch
    {
        TwinKind.Building => Member(model, attributes, "buildingClass", fallback: "other"),
        // A sensor that nobody calls official is not shown as one.
        TwinKind.AirQualitySensor => Member(model, attributes, "grade", fallback: "indicative"),
        _ => 0,
    };

    private static byte Member(
        TwinModel model, IReadOnlyDictionary<string, string> attributes, string name, string fallback)
    {
        if (!model.TryFind(name, out var property))
            return 0;
        var given = attributes.TryGetValue(name, out var text) ? Ordinal(property, text) : -1;
        return (byte)Math.Max(0, given >= 0 ? given : Ordinal(property, fallback));
    }

    private static int Ordinal(PropertySchema property, string member)
    {
        for (var i = 0; i < property.EnumValues.Count; i++)
            if (property.EnumValues[i].Name == member)
                return i;
        return -1;
    }

    private void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_file.AsSpan(at), value);

    private void F32(int at, float value) => BinaryPrimitives.WriteSingleLittleEndian(_file.AsSpan(at), value);

    private void F64(int at, double value) => BinaryPrimitives.WriteDoubleLittleEndian(_file.AsSpan(at), value);
}

/// <summary>Where the columns of a scene start, each at a multiple of 4.</summary>
internal readonly record struct SceneColumns(
    int Longitude, int Latitude, int Handle, int Parent, int District, int Height, int OutlineStart, int Outline,
    int IdStart, int Model, int Tag, int Ids, int End)
{
    public static SceneColumns Layout(int start, int count, int vertices, int idBytes)
    {
        var at = start;
        int Take(int elements, int bytes)
        {
            var from = at;
            at = checked((from + elements * bytes + 3) & ~3);
            return from;
        }

        return new SceneColumns(
            Longitude: Take(count, 8), Latitude: Take(count, 8), Handle: Take(count, 4), Parent: Take(count, 4),
            District: Take(count, 4), Height: Take(count, 4), OutlineStart: Take(count + 1, 4),
            Outline: Take(vertices, 8), IdStart: Take(count + 1, 4), Model: Take(count, 2), Tag: Take(count, 1),
            Ids: Take(idBytes, 1), End: at);
    }
}
