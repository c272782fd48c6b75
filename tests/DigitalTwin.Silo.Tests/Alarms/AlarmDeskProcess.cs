using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Journal;

namespace DigitalTwin.Silo.Tests.Alarms;

/// <summary>
/// A desk in a process of its own, for a test to kill: raises, acknowledges with a number and says the number once it
/// is answered, for ever. Arguments: the folder, and the number to go on behind.
/// </summary>
public static class AlarmDeskProcess
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["journal", var journalFolder])
            return await JournalProcess.RunAsync(journalFolder);
        if (arguments.Length != 2)
            return 2;
        var log = AlarmLog.Open(arguments[0], AlarmFolder.Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
        await using var desk = new AlarmDesk(
            AlarmFolder.Graph, AlarmRuleBook.BuiltIn, new AlarmQueue(), log, TimeProvider.System);
        var next = int.Parse(arguments[1], CultureInfo.InvariantCulture) + 1;
        // Killed between its acknowledgement and its end, the last alarm still stands and takes no second one.
        await desk.ActAsync(AlarmFolder.Clear("b0-0-e", "OUTAGE", next), default);
        for (var number = next; ; number++)
        {
            await desk.ActAsync(AlarmFolder.Raise("b0-0-e", "OUTAGE", number), default);
            var outcome = await desk.ActAsync(
                AlarmFolder.Ack("b0-0-e", "OUTAGE", number, number.ToString(CultureInfo.InvariantCulture)), default);
            if (outcome != AlarmOutcome.Applied)
                return 1;
            await desk.ActAsync(AlarmFolder.Clear("b0-0-e", "OUTAGE", number), default);
            await Console.Out.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
