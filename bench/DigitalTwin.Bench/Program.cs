using DigitalTwin.Bench;

return args switch
{
    ["engine", ..] => await EngineBench.RunAsync(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.WriteLine("""
        Benchmarks: each prints a ratio against a reference measured in the same run.

          dotnet run -c Release --project bench/DigitalTwin.Bench -- engine [TWINS] [SECONDS]
        """);
    return 2;
}
