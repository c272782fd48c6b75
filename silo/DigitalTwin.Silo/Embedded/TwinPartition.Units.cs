using System.Text;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What a partition remembers, twin by twin: for a unit of a cluster, whose twins may come and go.</summary>
internal sealed partial class TwinPartition
{
    private const byte UnitVersion = 1;

    /// <summary>A twin may still fall silent, or an alarm of one waits for its delay.</summary>
    public bool WaitsForClock
    {
        get
        {
            for (var local = 0; local < Count; local++)
            {
                ref readonly var state = ref _states.Entries[local].State;
                // A building is as fresh as its meters, and an area as its members.
                var falls = _states.ModelOf(local).Kind is not (TwinKind.Building or TwinKind.District
                    or TwinKind.Polycentre or TwinKind.City);
                if (state.PendingAlarms > 0 || (falls && state.Freshness is Freshness.Live or Freshness.Stale))
                    return true;
            }

            return false;
        }
    }

    /// <summary>The alarms that are on: the twin's place and the rule's index in the book.</summary>
    public IEnumerable<(int Local, ushort Rule)> StandingAlarms()
    {
        for (var local = 0; local < Count; local++)
            if (_states.Entries[local].State.ActiveAlarms > 0)
                foreach (var rule in _states.StandingAlarmsOf(local))
                    yield return (local, rule);
    }

    /// <summary>Whether anything is known of a twin.</summary>
    public bool IsHeard(int local) => _states.Entries[local].State.Revision > 0;

    /// <summary>Equal for twins whose memories have the same form.</summary>
    private uint FormOf(int local)
    {
        var model = _states.ModelOf(local);
        var form = new StringBuilder(model.Id).Append(' ').Append(_states.SizeOf(local));
        foreach (var slot in model.Slots)
            form.Append(' ').Append(slot.Name);
        foreach (var rule in _states.RulesOf(in _states.Entries[local]).Alarms)
            form.Append(' ').Append(rule.Code);
        return Crc32C.Of(Encoding.UTF8.GetBytes(form.ToString()));
    }

    /// <summary>Writes every twin with its id, then what belongs to all of them.</summary>
    public void WriteUnit(MemoryWriter writer)
    {
        writer.WriteByte(UnitVersion);
        writer.WriteCount(Count);
        for (var local = 0; local < Count; local++)
        {
            writer.WriteBytes(Encoding.UTF8.GetBytes(_graph.IdOf(new(_states.Handles[local]))));
            writer.WriteWhole(FormOf(local));
            writer.WriteBytes(MemoryOf(local));
            var sensor = _states.SensorAt(local);
            writer.WriteFlag(sensor is not null);
            sensor?.Write(writer);
        }

        writer.WriteBytes(Encoding.UTF8.GetBytes(_sums.GroupNames(_graph)));
        _classes.Write(writer);
        _sums.Write(writer);
    }

    /// <summary>
    /// Puts back what was written of the twins that are still here in the same form; others begin anew. The hours and
    /// days that are not over are put back where the unit still belongs to the same groups.
    /// </summary>
    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void ReadUnit(ref MemoryReader reader)
    {
        reader.ReadVersion("unit", UnitVersion);
        for (var left = reader.ReadCount("twins of a unit"); left > 0; left--)
        {
            var id = Encoding.UTF8.GetString(reader.ReadBytes("id"));
            var form = reader.ReadWhole("form", 0, uint.MaxValue);
            var state = reader.ReadBytes("state");
            var isHere = _graph.TryFind(id, out var twin) && _map.Has(twin) && _map.PartitionOf(twin) == _index;
            var local = isHere ? _map.LocalOf(twin) : -1;
            if (isHere && FormOf(local) == form)
                _states.Read(local, local + 1, state);
            if (!reader.ReadFlag("air sensor"))
                continue;
            (isHere ? _states.SensorAt(local) : null)?.Read(ref reader);
            // What follows cannot be found without reading the sensor's own.
            if (!isHere)
                AirSensorThatIsGone(id).Read(ref reader);
        }

        var isOfSameGroups = Encoding.UTF8.GetString(reader.ReadBytes("groups")) == _sums.GroupNames(_graph);
        _classes = ClassDays.Read(ref reader);
        if (isOfSameGroups)
            _sums.Read(ref reader);
        CountShares();
        _sums.ClearCabinets();
    }

    private static AirSensor AirSensorThatIsGone(string id) => new(
        Model.Graph.TwinHandle.None, Model.Graph.TwinHandle.None, id, new Dictionary<string, string>(),
        TimeSpan.FromMinutes(1), new AirNetwork());
}
