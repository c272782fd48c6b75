using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// The way back to what the city was. <c>Apply</c> is deterministic, so the same inputs make the same city again: what
/// is opened here is what an operator saw, alarms included, and it goes on through the same changes.
/// </summary>
public interface ITimeTravel
{
    /// <summary>What can be returned to; null while nothing is.</summary>
    PastSpan? Span { get; }

    /// <summary>
    /// The city as it stood at an instant: after the last round of its clock that is not later than that.
    /// </summary>
    /// <param name="at">Within <see cref="Span"/>.</param>
    /// <param name="district">
    /// A district to be had sooner: then only its twins have states, and what spans districts is not computed. None for
    /// the whole city.
    /// </param>
    /// <param name="progress">Told from 0 to 1 while it is made; may be null.</param>
    /// <exception cref="PastUnavailableException">
    /// The instant lies outside the span, as many pasts are open as memory allows, or the files cannot be read.
    /// </exception>
    ValueTask<IPastCity> OpenAsync(
        Instant at, TwinHandle district, IProgress<double>? progress, CancellationToken cancellationToken);
}

/// <summary>What can be returned to, both ends included.</summary>
/// <param name="To">The clock's last round that is on disk.</param>
public readonly record struct PastSpan(Instant From, Instant To)
{
    public bool Contains(Instant at) => at >= From && at <= To;
}

/// <summary>
/// The city at an instant that has passed. It is read and followed like the living one and changed by nothing but
/// <see cref="AdvanceAsync"/>: what is handed to its engine or desk is refused.
/// </summary>
public interface IPastCity : IAsyncDisposable
{
    /// <summary>Its states and changes; accepts nothing (<see cref="NotSupportedException"/>).</summary>
    ITwinEngine Engine { get; }

    /// <summary>Its alarms as operators saw them; takes no acts (<see cref="NotSupportedException"/>).</summary>
    IAlarmDesk Alarms { get; }

    /// <summary>The round of the clock that it stands at.</summary>
    Instant Now { get; }

    /// <summary>
    /// Goes on through everything that came in up to an instant; completes when all of it is applied. An instant that
    /// has passed already changes nothing. At the end of what is on disk it stops there, see <see cref="Now"/>.
    /// </summary>
    /// <exception cref="PastUnavailableException">The files cannot be read; it stands where it stood.</exception>
    ValueTask AdvanceAsync(Instant target, CancellationToken cancellationToken);
}

/// <summary>The past that was asked for cannot be had; says why.</summary>
public sealed class PastUnavailableException(string reason, Exception? cause = null) : Exception(reason, cause);
