using DigitalTwin.Host;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A gateway says at once which engine it cannot run, and starts no other in its place.</summary>
public sealed class EngineOptionTests
{
    [Theory]
    [InlineData("orleans", "the gateway does not run on the Orleans cluster yet; embedded does")]
    [InlineData("akka", "'akka' is neither embedded nor orleans")]
    public async Task AnEngineThatIsNotThereIsRefused(string engine, string reason)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await ServeCommand.RunAsync(["--engine", engine], errors));

        Assert.Equal($"--engine: {reason}{Environment.NewLine}", errors.ToString());
    }
}
