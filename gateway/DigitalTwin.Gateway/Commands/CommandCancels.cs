using System.Globalization;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Commands;

/// <summary>
/// Cancels orders. Of one that put a level before the programmes of lights, the levels that still stand end, and the
/// lights that were told are sent back to their programmes by orders of their own.
/// </summary>
internal sealed partial class CommandCancels(
    ICommands commands, ITwinEngine engine, TimeProvider time, ILogger<CommandOrder> log) : IDisposable
{
    // Who orders cannot choose such an id.
    private const string BackMark = "~back-";

    private readonly SemaphoreSlim _oneByOne = new(1);

    private Instant Now => Instant.From(time.GetUtcNow());

    /// <summary>Takes back what was not sent, and undoes what was as far as it can be undone.</summary>
    public async Task<CommandOutcome> CancelAsync(string orderId, string by, CancellationToken cancellationToken)
    {
        var outcome = await commands.ApplyAsync(new CommandInput.Cancel(Now, orderId, by), cancellationToken);
        if (outcome != CommandOutcome.Applied)
            return outcome;
        LogCancelled(log, by, orderId);
        // Not with the request: half of it undone would be worse than either.
        await FinishAsync(orderId, CancellationToken.None);
        return outcome;
    }

    /// <summary>Undoes what was cancelled before the server ended, where that was not done any more.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        var cancelled = await commands.AskAsync(
            book => book.Orders.Where(order => order.State == OrderState.Cancelled && order.Order.Until > now)
                .Select(order => order.Order.Id).ToArray(),
            cancellationToken);
        foreach (var order in cancelled)
            await FinishAsync(order, cancellationToken);
    }

    /// <summary>Does nothing where the order is not cancelled; doing it again changes nothing.</summary>
    public async Task FinishAsync(string orderId, CancellationToken cancellationToken)
    {
        // What is still being sent may tell more lights meanwhile, and then comes here too.
        await _oneByOne.WaitAsync(cancellationToken);
        try
        {
            var now = Now;
            if (await commands.AskAsync(book => CancelledOverride.Of(book, orderId, now), cancellationToken)
                is { } order)
                await UndoAsync(order, now, cancellationToken);
        }
        finally
        {
            _oneByOne.Release();
        }
    }

    public void Dispose() => _oneByOne.Dispose();

    private async Task UndoAsync(CancelledOverride order, Instant now, CancellationToken cancellationToken)
    {
        await engine.EndOverridesAsync(LightsOf(order.Told), order.Percent, order.Until, cancellationToken);
        var number = order.BackOrders;
        foreach (var group in LightsOf(order.NotSentBack).GroupBy(light => PlannedPercent(light, now)))
        {
            var back = BackOrder(order, ++number, group.Key, [.. group.Select(engine.Graph.IdOf)], now);
            if (await commands.ApplyAsync(new CommandInput.Place(now, back), cancellationToken)
                == CommandOutcome.Applied)
                LogSentBack(log, back.By, back.Targets.Count, order.Id, back.Id);
        }
    }

    private TwinHandle[] LightsOf(IEnumerable<string> ids) =>
    [
        .. ids.Select(id => engine.Graph.TryFind(id, out var twin) ? twin : TwinHandle.None)
            .Where(twin => !twin.IsNone && engine.Graph.ModelOf(twin).Kind == TwinKind.Streetlight),
    ];

    // A time that has passed says that nothing stands before the light's own programme any more; the level is what that
    // programme asks for now, for devices that know no times. That it holds until the deadline is not expected.
    private static CommandOrder BackOrder(
        CancelledOverride order, int number, double percent, IReadOnlyList<string> lights, Instant now) => new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{order.Id}{BackMark}{number}"),
            Name = DeviceCommand.SetDimLevel,
            Payload = percent.ToString(CultureInfo.InvariantCulture),
            Targets = lights,
            By = order.CancelledBy,
            Reason = $"{order.Id} was cancelled",
            // Then the device goes back by itself.
            Deadline = order.Until,
            Until = now,
        };

    private double PlannedPercent(TwinHandle light, Instant now)
    {
        var calendar = engine.Rules.Lighting;
        var programme = engine.Graph.AttributesOf(light).GetValueOrDefault("lightingProgramme");
        return calendar.PercentAt(calendar.Programmes.IndexOf(programme), now);
    }

    [LoggerMessage(LogLevel.Information, "Audit: {By} cancelled order {Id}")]
    private static partial void LogCancelled(ILogger log, string by, string id);

    [LoggerMessage(LogLevel.Information, "Audit: {By} sent {Count} lights of order {Id} back as {Back}")]
    private static partial void LogSentBack(ILogger log, string by, int count, string id, string back);

    /// <summary>What a cancelled order has put before programmes and nothing newer has replaced.</summary>
    /// <param name="BackOrders">How many orders send back lights of it.</param>
    private sealed record CancelledOverride(
        string Id, double Percent, Instant Until, string CancelledBy, int BackOrders, IReadOnlyList<string> Told,
        IReadOnlyList<string> NotSentBack)
    {
        public static CancelledOverride? Of(CommandBook book, string id, Instant now)
        {
            if (book.Find(id) is not { State: OrderState.Cancelled, CancelledBy: { } by } placed
                || placed.Order is not { Name: DeviceCommand.SetDimLevel, Until: { } until } || until <= now
                || !double.TryParse(placed.Order.Payload, CultureInfo.InvariantCulture, out var percent))
                return null;
            var later = book.PlacedAfter(placed).Where(other => other.Order.Name == placed.Order.Name)
                .ToLookup(other => other.Order.Id.StartsWith(id + BackMark, StringComparison.Ordinal));
            var told = placed.Commands
                .Where(command => !command.SentAt.IsNever && !later[false].Any(other => Replaces(other, command.TwinId)))
                .Select(command => command.TwinId).ToArray();
            return new CancelledOverride(
                id, percent, until, by, later[true].Count(), told,
                [.. told.Where(twin => !later[true].Any(back => back.Find(twin) is not null))]);
        }

        private static bool Replaces(PlacedOrder later, string twin) =>
            later.Find(twin) is { } command && (!command.SentAt.IsNever || !command.IsEnded);
    }
}
