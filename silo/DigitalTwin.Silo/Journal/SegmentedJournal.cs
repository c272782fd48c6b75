using System.Runtime.CompilerServices;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Journal;

/// <summary>
/// A write-ahead journal of opaque records in segment files. Any thread appends; one thread writes and flushes whatever
/// came in meanwhile as one group, and only then are those who wait for it told. After a failed write or fsync nothing
/// more is acknowledged until the journal is reopened: what a kernel does with pages after a failed fsync is unknown.
/// </summary>
public sealed class SegmentedJournal : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly JournalOptions _options;
    private readonly SegmentStore _store;
    private readonly string _folder;
    private readonly CommitWaiterPool _waiters = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommitGroup _filling;
    private CommitGroup _writing;
    private CommitWaiterLine _roomWaiters;
    private Func<Exception>? _failure;
    private bool _closing;
    private bool _started;
    private long _nextSequence;
    private long _committedSequence;
    private long _reservedBytes;

    private SegmentedJournal(string folder, JournalOptions options, SegmentStore store, JournalRecovery recovery)
    {
        (_folder, _options, _store, Recovery) = (folder, options, store, recovery);
        _filling = new CommitGroup(options.BufferBytes);
        _writing = new CommitGroup(options.BufferBytes);
        _nextSequence = recovery.LastSequence + 1;
        _committedSequence = recovery.LastSequence;
        _reservedBytes = store.Bytes;
    }

    /// <summary>What was found when it was opened.</summary>
    public JournalRecovery Recovery { get; }

    /// <summary>The newest sequence on disk.</summary>
    public long CommittedSequence => Volatile.Read(ref _committedSequence);

    /// <summary>The newest sequence given out; it may not be on disk yet.</summary>
    public long AppendedSequence
    {
        get
        {
            lock (_gate)
                return _nextSequence - 1;
        }
    }

    /// <summary>The oldest sequence that can be replayed.</summary>
    public long FirstSequence => _store.FirstSequence;

    /// <summary>Bytes of all segments on disk.</summary>
    public long DiskBytes => _store.Bytes;

    /// <summary>Opens what is there, or begins with record 1 in an empty folder.</summary>
    /// <param name="files">The folder; the caller disposes it after the journal.</param>
    /// <param name="city">Whose journal it is; another city's is refused.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="clock">Tells how old a segment is.</param>
    /// <exception cref="JournalException">It is damaged other than at its torn end, foreign, incomplete, of another
    /// version, or the disk is full or read-only; nothing was changed.</exception>
    public static SegmentedJournal Open(
        IDiskFolder files, Guid city, JournalOptions options, TimeProvider clock)
    {
        var journal = OpenUnstarted(files, city, options, clock);
        journal.Start();
        return journal;
    }

    /// <summary>Begins a journal behind a snapshot that was brought into an empty folder, as a restore does.</summary>
    /// <exception cref="JournalException">There is a journal, or the folder cannot be written to.</exception>
    public static void BeginBehind(IDiskFolder files, Guid city, long snapshotSequence, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(snapshotSequence);
        try
        {
            if (files.List().Any(SegmentFormat.IsSegment))
                throw new JournalException(files.Folder, "there is a journal already", "move it elsewhere");
            SegmentStore.Begin(files, snapshotSequence + 1, city, clock).File.Dispose();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(files.Folder, "cannot be written to", "see to the disk", cause);
        }
    }

    /// <summary>A journal whose groups a test commits itself, with <see cref="CommitGroup"/>.</summary>
    internal static SegmentedJournal OpenUnstarted(
        IDiskFolder files, Guid city, JournalOptions options, TimeProvider clock)
    {
        options.Validate();
        var (store, recovery) = new SegmentRecovery(files, city, options, clock).Run();
        return new SegmentedJournal(files.Folder, options, store, recovery);
    }

    /// <summary>
    /// Puts a record behind those that wait to be written, without allocating. False when the buffer is full: wait with
    /// <see cref="RoomAsync"/> and try again.
    /// </summary>
    /// <exception cref="ArgumentException">The payload is larger than the buffer.</exception>
    /// <exception cref="JournalFullException">The journal may not grow; nothing was appended.</exception>
    /// <exception cref="JournalFailedException">An earlier write failed; nothing was appended.</exception>
    public bool TryAppend(byte kind, ReadOnlySpan<byte> payload, out long sequence)
    {
        var bytes = SegmentFormat.RecordOverheadBytes + payload.Length;
        if (bytes > _options.BufferBytes || payload.Length > int.MaxValue - SegmentFormat.RecordOverheadBytes)
            throw new ArgumentException(
                $"A record of {payload.Length:N0} bytes does not fit the buffer of {_options.BufferBytes:N0}.",
                nameof(payload));
        lock (_gate)
        {
            ThrowIfUnusable();
            // A group may begin a segment, whose header counts too.
            if (_reservedBytes + bytes + SegmentFormat.HeaderBytes > _options.DiskBytesMax)
                throw new JournalFullException(_folder, _options.DiskBytesMax);
            sequence = _nextSequence;
            if (!_filling.TryAdd(sequence, kind, payload))
            {
                sequence = 0;
                return false;
            }

            _nextSequence++;
            _reservedBytes += bytes;
            if (_filling.FirstSequence == sequence)
                Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Appends, and waits for room first where the buffer is full; writers are not queued in order.</summary>
    /// <inheritdoc cref="TryAppend" path="/exception"/>
    public ValueTask<long> AppendAsync(
        byte kind, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        TryAppend(kind, payload.Span, out var sequence)
            ? new ValueTask<long>(sequence)
            : AppendOnceThereIsRoomAsync(kind, payload, cancellation);

    /// <summary>Ends when the buffer that was full has gone to the disk's thread.</summary>
    /// <exception cref="JournalFailedException">It will not.</exception>
    public ValueTask RoomAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        lock (_gate)
        {
            ThrowIfUnusable();
            if (_filling.Length == 0)
                return default;
            var waiter = _waiters.Rent();
            _roomWaiters.Add(waiter);
            return waiter.Start(cancellation);
        }
    }

    /// <summary>Ends when the record is on disk, and with it all before it. Cancelling takes no record back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sequence was not given out.</exception>
    /// <exception cref="JournalFailedException">It may or may not be on disk; reopening tells.</exception>
    public ValueTask CommittedAsync(long sequence, CancellationToken cancellation = default)
    {
        if (sequence <= CommittedSequence)
            return default;
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        lock (_gate)
        {
            if (sequence <= _committedSequence)
                return default;
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, _nextSequence);
            if (_failure is { } failure)
                return ValueTask.FromException(failure());
            var waiter = _waiters.Rent();
            var group = _filling.Length > 0 && sequence >= _filling.FirstSequence ? _filling : _writing;
            group.Waiters.Add(waiter);
            return waiter.Start(cancellation);
        }
    }

    /// <summary>
    /// Gives every committed record from a sequence on, in order, and returns the sequence that follows the last. Runs
    /// beside appends; what is committed after it began is not given.
    /// </summary>
    /// <exception cref="JournalException">The records were retired, or are damaged.</exception>
    /// <exception cref="IOException">The disk does not read.</exception>
    public long Replay(long fromSequence, JournalVisitor visitor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fromSequence);
        var committed = CommittedSequence;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fromSequence, committed + 1);
        _store.Read(fromSequence, committed, visitor);
        return committed + 1;
    }

    /// <summary>A reader that goes on from a sequence as the journal does; the caller disposes it before the journal.</summary>
    /// <exception cref="JournalException">The records were retired.</exception>
    internal JournalCursor OpenCursor(long fromSequence) => _store.OpenCursor(fromSequence);

    /// <summary>
    /// Lets whole segments go whose records all lie before a sequence, as far as the options keep them no longer. Call
    /// it once a snapshot that contains everything before the sequence is on disk. Returns the bytes freed.
    /// </summary>
    /// <exception cref="JournalException">A file cannot be deleted.</exception>
    public long RetireBefore(long sequence)
    {
        var freed = 0L;
        try
        {
            _store.Retire(Math.Min(sequence, CommittedSequence + 1), ref freed);
            return freed;
        }
        finally
        {
            lock (_gate)
                _reservedBytes -= freed;
        }
    }

    /// <summary>Commits what was appended, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        if (_started)
            await _ended.Task;
        Fail(() => new ObjectDisposedException(nameof(SegmentedJournal)));
        _store.Dispose();
    }

    /// <summary>Writes and flushes what waits; false when the journal failed or nothing waits.</summary>
    internal bool CommitGroup()
    {
        CommitWaiterLine room;
        lock (_gate)
        {
            if (_failure is not null || _filling.Length == 0)
                return false;
            (_filling, _writing) = (_writing, _filling);
            room = _roomWaiters.Take();
        }

        room.Complete(null);
        try
        {
            var headerBytes = _store.Write(_writing);
            CommitWaiterLine committed;
            lock (_gate)
            {
                _reservedBytes += headerBytes;
                Volatile.Write(ref _committedSequence, _writing.LastSequence);
                committed = _writing.Waiters.Take();
                _writing.Clear();
            }

            committed.Complete(null);
            return true;
        }
        // Whatever it is: a group that is not known to be on disk ends the journal.
#pragma warning disable CA1031
        catch (Exception cause)
#pragma warning restore CA1031
        {
            var place = _store.NewestPath;
            Fail(() => new JournalFailedException(place, cause));
            return false;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<long> AppendOnceThereIsRoomAsync(
        byte kind, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        long sequence;
        do
            await RoomAsync(cancellation);
        while (!TryAppend(kind, payload.Span, out sequence));
        return sequence;
    }

    private void Start()
    {
        _started = true;
        new Thread(CommitUntilClosed) { IsBackground = true, Name = "journal" }.Start();
    }

    // No delay before a flush: while one is under way the next group gathers by itself.
    private void CommitUntilClosed()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_filling.Length == 0 && !_closing && _failure is null)
                    Monitor.Wait(_gate);
            }

            if (!CommitGroup())
                break;
        }

        _ended.SetResult();
    }

    private void Fail(Func<Exception> failure)
    {
        CommitWaiterLine writing, filling, room;
        lock (_gate)
        {
            _failure ??= failure;
            writing = _writing.Waiters.Take();
            filling = _filling.Waiters.Take();
            room = _roomWaiters.Take();
        }

        writing.Complete(failure);
        filling.Complete(failure);
        room.Complete(failure);
    }

    private void ThrowIfUnusable()
    {
        if (_failure is { } failure)
            throw failure();
        ObjectDisposedException.ThrowIf(_closing, this);
    }
}
