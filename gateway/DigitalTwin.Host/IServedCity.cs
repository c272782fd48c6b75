using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Host;

/// <summary>What the gateway is wired around: a city, whichever engine it lives in, with the desks beside it.</summary>
internal interface IServedCity : IAsyncDisposable
{
    CityDefinition Definition { get; }

    ITwinEngine Engine { get; }

    IAlarmDesk Alarms { get; }

    ICommands Commands { get; }

    /// <summary><see cref="NoHistory"/> where the engine keeps none.</summary>
    IHistory History { get; }

    /// <summary>The way back to what the city was; none where the engine has none.</summary>
    ITimeTravel? Past { get; }

    DeviceRegistry Devices { get; }

    /// <summary>Never 0, and never that of the start before.</summary>
    ServerEpoch Epoch { get; }

    /// <summary>Why it takes no input; none where it does.</summary>
    string? Problem { get; }

    /// <summary>Faulted where the city cannot go on; a supervisor starts it again.</summary>
    Task Completion { get; }
}
