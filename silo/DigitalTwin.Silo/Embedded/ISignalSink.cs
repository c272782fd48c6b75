using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Silo.Embedded;

/// <summary>Where a partition puts the alarm conditions that came or went at its twins.</summary>
internal interface ISignalSink
{
    /// <summary>False where nobody takes them any more.</summary>
    bool Write(in AlarmSignal signal);
}
