using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Model.Ports;

/// <summary>Where the city's alarms are kept and operators act on them. One writer: every question and act takes its turn.</summary>
public interface IAlarmDesk
{
    /// <summary>Grows with every visible change of the board.</summary>
    ulong Revision { get; }

    /// <summary>
    /// Looks at the board between two inputs. The question only reads, and what it returns holds nothing of the
    /// board: its alarms belong to the desk's loop.
    /// </summary>
    ValueTask<T> AskAsync<T>(Func<AlarmBoard, T> question, CancellationToken cancellationToken);

    /// <summary>An operator's act; by the time it completes it is on disk, so that it survives a crash.</summary>
    ValueTask<AlarmOutcome> ActAsync(AlarmInput act, CancellationToken cancellationToken);
}
