using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Grains;

/// <summary>What is stored of a unit: its memory, with the sequences of the sources and of its own reports in it.</summary>
[GenerateSerializer]
[Alias("city.unit.state")]
public sealed class UnitState
{
    /// <summary>Grows with every save; for people who look into the store.</summary>
    [Id(0)]
    public long Version { get; set; }

    [Id(1)]
    public byte[]? Memory { get; set; }
}

/// <summary>A unit's place in the grain storage.</summary>
internal sealed class GrainUnitStore(IPersistentState<UnitState> state) : IUnitStore
{
    public byte[]? Saved => state.State.Memory;

    public Task SaveAsync(byte[] memory)
    {
        state.State.Version++;
        state.State.Memory = memory;
        return state.WriteStateAsync();
    }
}

/// <summary>The activation does not know what is stored and goes; ask again.</summary>
[GenerateSerializer]
[Alias("city.unit.lost")]
public sealed class UnitLostException(string what) : OrleansException(what)
{
    /// <summary>Tells the caller, in words that every silo and client knows, that he must ask again.</summary>
    internal static async Task<T> MapAsync<T>(Task<T> answer)
    {
        try
        {
            return await answer;
        }
        catch (UnitUnreachableException lost)
        {
            throw new UnitLostException(lost.Message);
        }
    }
}
