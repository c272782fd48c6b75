using System.Globalization;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A gateway on a cluster answers from the history that the cluster's machines write.</summary>
public sealed class ClusterHistoryTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const int Levels = 20;

    // An hour of the city that is over, so that what is measured in it has come in.
    private static readonly DateTimeOffset s_hour = DateTimeOffset.FromUnixTimeSeconds(
        DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds() / 3_600 * 3_600);

    [PostgresFact]
    public async Task WhatDevicesWereAcknowledgedIsInHistoryThoughMachinesAndGatewayWereKilled()
    {
        var database = await server.NewDatabaseAsync();
        var data = ClusterGateway.NewFolder();
        var histories = new UnitHistory[ClusterGateway.Silos.Machines];
        for (var machine = 0; machine < histories.Length; machine++)
            histories[machine] = await OpenAsync(database, $"silo-{machine}");
        var silos = new ClusterGateway.Silos(machine => histories[machine]);
        string? Setting(string name) => name == HistoryServer.ServerVariable ? database : null;
        try
        {
            await using (var gateway = await ClusterGateway.StartAsync(data, silos, Setting))
            {
                using var device = await gateway.DeviceAsync("cab0");
                for (var level = 1; level <= Levels; level++)
                {
                    await ClusterGateway.PublishAsync(device, "cab0", Message(level));
                    silos.Kill();
                }

                await gateway.UntilAsync("the first value is in history", async () => (await LevelsAsync(gateway)).Count > 0);
            }

            // A gateway that comes later, after a death of all machines, asks the units, and they hand out what is left.
            silos.Kill();
            await using var again = await ClusterGateway.StartAsync(data, silos, Setting);
            await again.UntilAsync("all are in history", async () => (await LevelsAsync(again)).Count >= 2 * Levels);
            Assert.Equal(
                Enumerable.Range(1, Levels).SelectMany(level => ((string, DateTimeOffset, double)[])
                    [("l0-0", At(level), level), ("l0-1", At(level), 100 - level)]).Order(),
                (await LevelsAsync(again)).Order());

            // The mean of each light's hour: 1 to 20, and 99 down to 80.
            var question = $"property=dimLevelPercent&fn=avg&step=1h&from={Text(s_hour)}&to={Text(s_hour.AddHours(1))}";
            var hours = await again.GetAsync($"/api/v1/twins/l0-1/history?{question}");
            Assert.Equal(89.5, Assert.Single(hours.GetProperty("points").EnumerateArray()).GetProperty("value").GetDouble());
            var area = await again.GetAsync($"/api/v1/twins/d0/rollup/history?{question}");
            var step = area.GetProperty("series")[0].GetProperty("steps")[0];
            Assert.Equal(50, step.GetProperty("value").GetDouble());
        }
        finally
        {
            await silos.DisposeAsync();
            foreach (var history in histories)
                await history.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    private static string Message(int level) => string.Create(CultureInfo.InvariantCulture, $$"""
        [{"twin":"l0-0","ts":{{At(level).ToUnixTimeMilliseconds()}},"dimLevelPercent":{{level}}},
         {"twin":"l0-1","ts":{{At(level).ToUnixTimeMilliseconds()}},"dimLevelPercent":{{100 - level}}}]
        """);

    private static DateTimeOffset At(int level) => s_hour.AddMinutes(level);

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task<List<(string Twin, DateTimeOffset At, double Value)>> LevelsAsync(ClusterGateway gateway)
    {
        using var question = new StringContent(
            $$"""
            {"twins":["l0-0","l0-1"],"properties":["dimLevelPercent"],"from":"{{Text(s_hour)}}","to":"{{Text(s_hour.AddHours(1))}}"}
            """, Encoding.UTF8, "application/json");
        using var answer = await gateway.Http.PostAsync("/api/v1/history/query", question);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(row => row.TryGetProperty("value", out _)).Select(row => (
                    row.GetProperty("twin").GetString()!, row.GetProperty("at").GetDateTimeOffset(),
                    row.GetProperty("value").GetDouble())),
        ];
    }

    private static async Task<UnitHistory> OpenAsync(string database, string writer)
    {
        var history = await CityHistory.OpenPostgresAsync(
            database, TestCity.Build(), HistoryPolicy.BuiltIn,
            new HistoryOptions { Writer = writer, ValuesBufferedMax = 2 * HistoryLimits.ValuesPerAppendMax },
            TimeProvider.System, default);
        return new UnitHistory(history, TimeProvider.System, collectedFor: TimeSpan.FromMilliseconds(50));
    }
}
