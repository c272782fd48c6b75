using DigitalTwin.Host;

if (args is ["import", ..])
    return ImportCommand.Run(args[1..], Console.Out, Console.Error);
return await ServeCommand.RunAsync(args is ["serve", ..] ? args[1..] : args, Console.Error);
