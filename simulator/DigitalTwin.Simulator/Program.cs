using System.Runtime.InteropServices;
using DigitalTwin.Simulator.Commands;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await Simulator.RunAsync(args, Console.Out, Console.Error, stop.Token);
