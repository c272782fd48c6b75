using DigitalTwin.Host;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A gateway says at once which engine it cannot run, and starts no other in its place.</summary>
public sealed class EngineOptionTests
{
    [Theory]
    [InlineData("orleans", "this build has no Orleans; one with -p:Azure=true has, and embedded is there")]
    [InlineData("akka", "'akka' is neither embedded nor orleans")]
    public async Task AnEngineThatIsNotThereIsRefused(string engine, string reason)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await ServeCommand.RunAsync(
            ["--engine", engine], errors, cluster: null, CancellationToken.None));

        Assert.Equal($"--engine: {reason}{Environment.NewLine}", errors.ToString());
    }
}
