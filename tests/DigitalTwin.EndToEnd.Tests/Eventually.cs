using System.Diagnostics;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>Waits for a condition of another process, with a deadline and a message that says what was there instead.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> otherwise)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(s_pollInterval);
        while (!await condition())
        {
            Assert.True(clock.Elapsed < deadline, $"after {deadline.TotalSeconds:F0} s {otherwise()}");
            await poll.WaitForNextTickAsync();
        }
    }
}
