using DigitalTwin.Silo.Units;
using Orleans.Concurrency;
using Orleans.Placement;

namespace DigitalTwin.Silo.Orleans.Grains;

// One class a kind, so that operators tell them apart in the dashboard and in metrics. By hash, because the default
// placement follows the load and puts a small city on one silo.

[Reentrant]
[HashBasedPlacement]
internal sealed class BuildingGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), IBuildingGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class UtilityMeterGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), IUtilityMeterGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class StreetlightGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), IStreetlightGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class AirQualitySensorGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), IAirQualitySensorGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class GenericTwinGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), IGenericTwinGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class CabinetGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGrain(city, state), ICabinetGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class FeederGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGroupGrain(city, state), IFeederGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class PolycentreGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGroupGrain(city, state), IPolycentreGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class DistrictGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGroupGrain(city, state), IDistrictGrain;

[Reentrant]
[HashBasedPlacement]
internal sealed class CityGrain(
    SiloCity city, [PersistentState("unit", SiloCity.Storage)] IPersistentState<UnitState> state)
    : UnitGroupGrain(city, state), ICityGrain
{
    public Task<Guid> IdentityAsync() => Task.FromResult(City.Plan.Identity);
}

[StatelessWorker]
internal sealed class IngestGrain(SiloCity city) : Grain, IIngestGrain
{
    public async Task<UnitReceipt> DeliverAsync(UnitDelivery[] deliveries)
    {
        var receipts = await UnitLostException.MapAsync(Task.WhenAll(deliveries.Select(
            delivery => city.Cluster.Unit(delivery.Unit).DeliverAsync(delivery))));
        return receipts.Aggregate(default(UnitReceipt), UnitReceipt.Add);
    }
}
