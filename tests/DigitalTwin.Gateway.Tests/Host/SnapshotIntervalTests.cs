using DigitalTwin.Host;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>How often a snapshot is written is the operator's to say, within bounds.</summary>
public sealed class SnapshotIntervalTests
{
    [Theory]
    [InlineData("00:00:00.009")]
    [InlineData("5")]
    [InlineData("-00:01:00")]
    [InlineData("often")]
    public async Task AnIntervalOutOfBoundsIsRefusedWithTheBounds(string interval)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await ServeCommand.RunAsync(["--snapshot-interval", interval], errors));

        Assert.Equal(
            $"--snapshot-interval: '{interval}' is not a time from 00:00:00.0100000 to 1.00:00:00{Environment.NewLine}",
            errors.ToString());
    }

    [Fact]
    public void TheHelpOfRunNamesIt() =>
        Assert.Contains("--snapshot-interval T ", Checkout.Text("run"), StringComparison.Ordinal);
}
