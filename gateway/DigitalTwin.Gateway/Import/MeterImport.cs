using System.Globalization;
using System.Text;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Meters from CSV: one a row, each at its building.</summary>
internal sealed class MeterImport(CityDefinition city, ImportBatch batch, ImportProblems problems)
{
    private static readonly string[] s_columns =
        ["id", "building", "medium", "device", "unit", "serial", "intervalSeconds", "feeder", "wmbusId"];

    // What a meter without an id is recognised by; how often it reports may change.
    private static readonly string[] s_contentColumns = ["building", "medium", "device", "serial"];

    private static readonly Dictionary<string, (string Model, string[] Units)> s_media = new()
    {
        ["electricity"] = ("dtmi:kz:almaty:ElectricityMeter;1", ["Wh", "kWh", "MWh"]),
        ["coldwater"] = ("dtmi:kz:almaty:ColdWaterMeter;1", ["L", "m3"]),
        ["hotwater"] = ("dtmi:kz:almaty:HotWaterMeter;1", ["L", "m3"]),
        ["gas"] = ("dtmi:kz:almaty:GasMeter;1", ["L", "m3"]),
        ["heat"] = ("dtmi:kz:almaty:HeatMeter;1", ["Wh", "kWh", "MWh", "MJ", "GJ", "Gcal"]),
    };

    private readonly Dictionary<string, TwinDefinition> _buildings = OfKind(city, TwinKind.Building);
    private readonly Dictionary<string, TwinDefinition> _feeders = OfKind(city, TwinKind.Feeder);
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<MeterAddress, long> _addresses = [];
    private IReadOnlyList<string> _row = [];
    private Place _place;

    public void Read(Stream stream)
    {
        batch.Replaced.Add(TwinKind.UtilityMeter);
        CsvReader.ReadFile(stream, problems, TakeNames, TakeRow);
        if (batch.Twins.Count == 0 && problems.Errors.Count == 0)
            throw new BrokenFileException(new Place(1, null), "row", "the file holds no meter");
    }

    private void TakeNames(IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i].Trim();
            if (!_columns.TryAdd(name, i))
                throw new BrokenFileException(new Place(1, null), $"column {i + 1}", $"'{name}' is there twice");
            if (!s_columns.Contains(name, StringComparer.OrdinalIgnoreCase))
                problems.Note($"column '{name}' is not used");
        }

        foreach (var required in s_columns[..3])
            if (!_columns.ContainsKey(required))
                throw new BrokenFileException(new Place(1, null), required, "the header has no such column");
    }

    private void TakeRow(Place place, IReadOnlyList<string> row)
    {
        (_place, _row) = (place, row);
        var errors = problems.Errors.Count;
        var building = Building();
        var medium = Medium();
        var unit = Unit(medium);
        var device = Device();
        var interval = Interval();
        var feeder = Feeder();
        var address = WmbusAddress();
        var id = Id();
        if (problems.Errors.Count > errors || !batch.Claim(id, _place, "id"))
            return;
        var attributes = new Dictionary<string, string>();
        if (Field("serial") is { } serial)
            attributes["serialNumber"] = serial;
        if (unit is not null)
            attributes["registerUnit"] = unit;
        if (address is not null)
            attributes[MeterDirectory.AddressAttribute] = address;
        batch.Twins.Add(new TwinDefinition
        {
            Id = id,
            ModelId = medium!.Value.Model,
            ParentId = building!.Id,
            ServedById = feeder,
            DeviceId = device,
            Position = building.Position,
            Attributes = attributes,
            ExpectedInterval = interval,
        });
    }

    private string? Field(string column) =>
        _columns.TryGetValue(column, out var index) && _row[index].Trim() is { Length: > 0 } text ? text : null;

    private string Id() => Field("id") is { } id
        ? ImportIds.From(id, "m-")
        : ImportIds.FromContent(Encoding.UTF8.GetBytes(string.Join('\n', s_contentColumns.Select(Field))), "m-");

    private TwinDefinition? Building()
    {
        if (Field("building") is not { } text)
            problems.Add(_place, "building", "is empty");
        else if (_buildings.TryGetValue(ImportIds.From(text, "b-"), out var building))
            return building;
        else
            problems.Add(_place, "building", $"'{text}' is not a building of the city");
        return null;
    }

    private (string Model, string[] Units)? Medium()
    {
        var text = Field("medium") ?? "";
        var name = text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        if (s_media.TryGetValue(name, out var medium))
            return medium;
        problems.Add(_place, "medium", $"'{text}' is not electricity, coldWater, hotWater, gas or heat");
        return null;
    }

    private string? Unit((string Model, string[] Units)? medium)
    {
        if (medium is null || Field("unit") is not { } text)
            return null;
        var plain = text.Replace('³', '3');
        var units = medium.Value.Units;
        if (units.FirstOrDefault(unit => unit.Equals(plain, StringComparison.OrdinalIgnoreCase)) is { } known)
            return known;
        problems.Add(_place, "unit", $"'{text}' does not measure {Field("medium")}: {string.Join(", ", units)} do");
        return null;
    }

    private string? Device()
    {
        if (Field("device") is not { } device || CityGraphBuilder.IsValidId(device))
            return Field("device");
        problems.Add(_place, "device", ImportIds.NotAnId(device));
        return null;
    }

    private string? WmbusAddress()
    {
        if (Field("wmbusId") is not { } text)
            return null;
        if (!MeterAddress.TryParse(text, out var address))
            problems.Add(_place, "wmbusId", $"'{text}' is not an address such as KAM-76348799");
        else if (!_addresses.TryAdd(address, _place.Line))
            problems.Add(_place, "wmbusId", $"'{text}' is also that of line {_addresses[address]}");
        else
            return address.ToString();
        return null;
    }

    private TimeSpan? Interval()
    {
        const int SecondsMax = 31 * 24 * 3600;
        if (Field("intervalSeconds") is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and <= SecondsMax)
            return TimeSpan.FromSeconds(seconds);
        problems.Add(_place, "intervalSeconds", $"'{text}' is not a whole number from 1 to {SecondsMax}");
        return null;
    }

    private string? Feeder()
    {
        if (Field("feeder") is not { } text)
            return null;
        if (_feeders.TryGetValue(text, out var feeder))
            return feeder.Id;
        problems.Add(_place, "feeder", $"'{text}' is not a feeder of the city");
        return null;
    }

    private static Dictionary<string, TwinDefinition> OfKind(CityDefinition city, TwinKind kind) => city.Twins
        .Where(twin => ImportModels.KindOf(twin.ModelId) == kind)
        .ToDictionary(twin => twin.Id, StringComparer.Ordinal);
}
