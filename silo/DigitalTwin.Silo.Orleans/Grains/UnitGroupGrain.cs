using DigitalTwin.Model.Rollups;
using DigitalTwin.Silo.Orleans.Messages;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Grains;

/// <summary>Hosts a unit that carries sums, and makes its rounds of the clock; see <see cref="UnitGroupHost"/>.</summary>
public abstract class UnitGroupGrain(SiloCity city, IPersistentState<UnitState> state) : UnitGrain(city, state), IUnitGroupGrain
{
    private static readonly TimeSpan s_roundInterval = TimeSpan.FromSeconds(1);

    private UnitGroupHost _group = null!;
    private bool _isInRound;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _group = new UnitGroupHost(City.Plan, Host, City.Cluster);
        this.RegisterGrainTimer(
            static (grain, _) => grain.RoundAsync(), this,
            new GrainTimerCreationOptions(s_roundInterval, s_roundInterval) { Interleave = true, KeepAlive = true });
    }

    public Task<Guid> ReportAsync(UnitReport report) => Answer(_group.ReportAsync(report));

    public Task<Tally> SumsAsync() => Answer(_group.SumsAsync());

    public Task<AreaNews> NewsAsync(Guid reader, long ticket) => Answer(_group.NewsAsync(reader, ticket));

    public Task<AreaSignals> SignallingAsync(Guid reader, long ticket) => Answer(_group.SignallingAsync(reader, ticket));

    public Task ForgetAsync(Guid reader) => _group.ForgetAsync(reader);

    public async Task<byte[]> ClassesAsync(int area, byte[] days) =>
        ClassDaysBytes.Write(await Answer(_group.ClassesAsync(area, ClassDaysBytes.Read(days))));

    private async Task RoundAsync()
    {
        if (_isInRound || Host.IsBroken)
            return;
        _isInRound = true;
        try
        {
            await _group.RoundAsync();
        }
        catch (UnitUnreachableException)
        {
            // A member or this very activation moves: the next round finds it.
        }
        finally
        {
            _isInRound = false;
        }
    }
}
