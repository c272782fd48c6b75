using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Orleans.Grains;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans;

/// <summary>The units as grains, reached from a silo or a client.</summary>
public sealed class GrainCluster(UnitPlan plan, IGrainFactory grains) : IUnitCluster
{
    private const string AirKey = "air";

    public async Task<UnitReceipt> DeliverAsync(IReadOnlyList<UnitDelivery> deliveries)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        return await Unreachable.MapAsync(grains.GetGrain<IIngestGrain>(0).DeliverAsync([.. deliveries]));
    }

    public IUnit Unit(int unit) => plan.KindOf(unit) is TwinKind.Feeder or TwinKind.Polycentre or TwinKind.District
        or TwinKind.City ? Group(unit) : new GrainUnit(GrainOf(unit));

    public IUnitGroup Group(int unit) => new GrainUnitGroup((IUnitGroupGrain)GrainOf(unit));

    /// <summary>Which city the silos have loaded.</summary>
    public Task<Guid> IdentityAsync() =>
        Unreachable.MapAsync(grains.GetGrain<ICityGrain>(KeyOf(plan.UnitOf(plan.City))).IdentityAsync());

    /// <exception cref="KeyNotFoundException">No unit of the city has that key.</exception>
    internal int UnitOf(string key)
    {
        if (key == AirKey)
            return UnitPlan.AirUnit;
        return plan.Graph.TryFind(key, out var head) && plan.HeadOf(plan.UnitOf(head)) == head
            ? plan.UnitOf(head)
            : throw new KeyNotFoundException($"{key} names no unit of this city");
    }

    private IUnitGrain GrainOf(int unit)
    {
        var key = KeyOf(unit);
        return plan.KindOf(unit) switch
        {
            TwinKind.Building => grains.GetGrain<IBuildingGrain>(key),
            TwinKind.UtilityMeter => grains.GetGrain<IUtilityMeterGrain>(key),
            TwinKind.Streetlight => grains.GetGrain<IStreetlightGrain>(key),
            TwinKind.AirQualitySensor => grains.GetGrain<IAirQualitySensorGrain>(key),
            TwinKind.LightingCabinet => grains.GetGrain<ICabinetGrain>(key),
            TwinKind.Feeder => grains.GetGrain<IFeederGrain>(key),
            TwinKind.Polycentre => grains.GetGrain<IPolycentreGrain>(key),
            TwinKind.District => grains.GetGrain<IDistrictGrain>(key),
            TwinKind.City => grains.GetGrain<ICityGrain>(key),
            _ => grains.GetGrain<IGenericTwinGrain>(key),
        };
    }

    private string KeyOf(int unit) => plan.HeadOf(unit) is { IsNone: false } head ? plan.Graph.IdOf(head) : AirKey;
}
