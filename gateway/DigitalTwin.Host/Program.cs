using DigitalTwin.Host;

if (args is ["import", ..])
    return ImportCommand.Run(args[1..], Console.Out, Console.Error);
if (args is [var command, ..] && BackupCommands.Has(command))
    return await BackupCommands.RunAsync(args, Console.Out, Console.Error);
if (args is ["lorawan", ..])
    return NetworkServerCommand.Run(args[1..], Console.Out, Console.Error);
if (args is ["enrol", ..])
    return await EnrolCommand.RunAsync(args[1..], Console.Out, Console.Error);
if (args is ["devices", ..])
    return await DevicesCommand.RunAsync(args[1..], Console.Out, Console.Error);
return await ServeCommand.RunAsync(args is ["serve", ..] ? args[1..] : args, Console.Error);
