using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Orleans.Grains;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using Npgsql;
using Orleans.Storage;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>A test that talks to a PostgreSQL server of its own; skipped, and said so, where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.MissingPart;
}

public sealed class PostgresGrainStorageTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);
    private static readonly GrainId s_grain = GrainId.Create("building", "b0-0");

    [PostgresFact]
    public async Task WhatOneActivationWroteTheNextReads()
    {
        await using var source = NpgsqlDataSource.Create(await server.NewDatabaseAsync());
        var storage = new PostgresGrainStorage(source, "city");
        var state = new GrainState<UnitState>();
        await storage.ReadStateAsync("unit", s_grain, state);
        Assert.False(state.RecordExists);
        foreach (byte value in new byte[] { 1, 2, 3 })
        {
            state.State!.Memory = [value];
            await storage.WriteStateAsync("unit", s_grain, state);
        }

        var next = new GrainState<UnitState>();
        await new PostgresGrainStorage(source, "city").ReadStateAsync("unit", s_grain, next);

        Assert.Equal(("3", 3L), (next.ETag, next.State!.Version));
        Assert.Equal([3], next.State.Memory!);
        await new PostgresGrainStorage(source, "another city").ReadStateAsync("unit", s_grain, next);
        Assert.False(next.RecordExists);
    }

    [PostgresFact]
    public async Task OfTwoActivationsOnlyOneCanWrite()
    {
        await using var source = NpgsqlDataSource.Create(await server.NewDatabaseAsync());
        var storage = new PostgresGrainStorage(source, "city");
        var (one, other) = (new GrainState<UnitState>(), new GrainState<UnitState>());
        await storage.ReadStateAsync("unit", s_grain, one);
        await storage.ReadStateAsync("unit", s_grain, other);
        (one.State!.Memory, other.State!.Memory) = ([1], [2]);
        await storage.WriteStateAsync("unit", s_grain, one);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("unit", s_grain, other));

        await storage.WriteStateAsync("unit", s_grain, one);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("unit", s_grain, other));
    }

    // What a driver throws has no codec, and used to end whoever asked; a table that could not be made was never made.
    [PostgresFact]
    public async Task AServerThatIsAwayIsWaitedFor()
    {
        var own = new PostgresServer();
        await own.InitializeAsync();
        await using var source = NpgsqlDataSource.Create(await own.NewDatabaseAsync() + ";Timeout=5");
        try
        {
            var time = new ManualTime(s_noon);
            var graph = TestCity.Build();
            Assert.True(graph.TryFind("b0-0-e", out var meter));
            own.StopImmediately();
            await using var cluster = await CityCluster.StartAsync(graph, time, silos: 2, new PostgresGrainStorage(source, "c"));
            await using var engine = cluster.Connect(time);

            var asked = engine.GetAsync(meter, default).AsTask();
            Assert.NotSame(asked, await Task.WhenAny(asked, FailedOnceAsync(source)));
            own.Start();

            Assert.Equal(0u, (await asked).State.Revision);
        }
        finally
        {
            await own.DisposeAsync();
        }

        // As the storage finds it while the server is away.
        static async Task FailedOnceAsync(NpgsqlDataSource source) =>
            await Assert.ThrowsAnyAsync<Exception>(() => new PostgresGrainStorage(source, "c").ReadStateAsync(
                "unit", s_grain, new GrainState<UnitState>()));
    }

    [PostgresFact]
    public async Task ACityInPostgresIsThereAgainOnOtherSilos()
    {
        var time = new ManualTime(s_noon);
        var graph = TestCity.Build();
        Assert.True(graph.TryFind("b0-0-e", out var meter));
        Assert.True(graph.TryFind("almaty", out var city));
        await using var source = NpgsqlDataSource.Create(await server.NewDatabaseAsync());
        await using (var cluster = await CityCluster.StartAsync(graph, time, silos: 2, new PostgresGrainStorage(source, "c")))
        await using (var engine = cluster.Connect(time))
        {
            var batch = TelemetryBatch.Rent(s_noon);
            batch.Add(new Reading(
                meter, (ushort)graph.ModelOf(meter).SlotOf("activePowerWatts"), Quality.Good, 1_500, s_noon));
            await engine.AcceptAsync(batch, default);
        }

        await using var later = await CityCluster.StartAsync(graph, time, silos: 2, new PostgresGrainStorage(source, "c"));
        await using var again = later.Connect(time);

        Assert.Equal(1_500_000, (await again.RollupAsync(city, default)).Of(RollupMeasure.ElectricPowerMilliwatts));
    }
}
