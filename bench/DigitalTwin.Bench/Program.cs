using DigitalTwin.Bench;

return args switch
{
    ["engine", ..] => await EngineBench.RunAsync(args[1..]),
    ["mqtt", ..] => await MqttBench.RunAsync(args[1..]),
    ["mqtt-generator", ..] => await LoadProcess.GenerateAsync(args[1..]),
    ["loop", ..] => await LoopBench.RunAsync(args[1..]),
    ["tls", ..] => await TlsBench.RunAsync(args[1..]),
    ["tls-bare", ..] => await TlsBench.ServeBareAsync(args[1..]),
    ["tls-rate", ..] => await TlsClients.RateAsync(args[1..]),
    ["tls-idle", ..] => await TlsClients.IdleAsync(args[1..]),
    ["method", ..] => await MethodBench.RunAsync(args[1..]),
    ["idle", ..] => await IdleBench.RunAsync(args[1..]),
    ["durable", ..] => await DurableBench.RunAsync(args[1..]),
    ["start", ..] => await StartBench.RunAsync(args[1..]),
    ["journal", ..] => await JournalBench.RunAsync(args[1..]),
    ["history", ..] => await HistoryBench.RunAsync(args[1..]),
    ["timetravel", ..] => await TimeTravelBench.RunAsync(args[1..]),
    ["page", ..] => await PageBench.RunAsync(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.WriteLine("""
        Benchmarks: each prints a ratio against a reference measured in the same run, or a figure and its bound.
        From the root of the checkout; idle, tls, method and page use what ./run has built.

          dotnet run -c Release --project bench/DigitalTwin.Bench -- engine [TWINS] [SECONDS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- mqtt [SECONDS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- idle [CONNECTIONS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- loop [SECONDS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- tls [CONNECTIONS] [SECONDS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- method [CALLS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- durable [TWINS] [SECONDS] [FOLDER]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- start [TWINS] [INPUTS] [FOLDER]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- journal [SECONDS] [FOLDER]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- history [POSTGRES CONNECTION STRING]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- timetravel [TWINS]
          dotnet run -c Release --project bench/DigitalTwin.Bench -- page [MESSAGES A SECOND] [SECONDS]
        """);
    return 2;
}
