using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Commands;

/// <summary>Orders to dim lights to 60 %.</summary>
internal static class OrderSamples
{
    public const string Level = "feedbackDimPercent";

    public static readonly Instant Deadline = At(600);

    public static Instant At(int seconds) => Instant.Utc(2026, 11, 21).Plus(TimeSpan.FromSeconds(seconds));

    public static CommandKey Key(string order, string twin) => new(order, twin);

    public static CommandOrder Order(string id, params string[] twins) => new()
    {
        Id = id, Name = "setDimLevel", Payload = "60", Targets = twins, By = "aigerim", Deadline = Deadline,
        Expectation = new CommandExpectation(Level, 60, 1),
    };
}
