namespace DigitalTwin.Gateway.Api;

/// <summary>How many large questions to history are answered at once; each holds a page and reads as fast as it is
/// taken, and the others must leave the machine to the city.</summary>
internal sealed class HistoryGate
{
    public const int QuestionsMax = 4;

    /// <summary>After so long it is worth asking again.</summary>
    public const int RetryAfterSeconds = 5;

    private int _free = QuestionsMax;

    /// <summary>False where as many as may be are being answered; after true, <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Increment(ref _free);
}
