using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Replay;

/// <summary>A replay's city for as long as one request looks at it; the city stays open until it is released.</summary>
internal sealed class ReplayEntry(LeasedPast past, CityFeed feed, TimeProvider clock) : IAsyncDisposable
{
    public ITwinEngine Engine => past.City.Engine;

    public IAlarmDesk Alarms => past.City.Alarms;

    public CityFeed Feed => feed;

    public TimeProvider Clock => clock;

    public ValueTask DisposeAsync() => past.ReleaseAsync();
}
