using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// The way to the client, which answers and messages take in turn. Messages are sent by a pump that runs only while
/// there are any; it waits where the client does not read, and what is to be sent stays in the session.
/// </summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
internal sealed class MqttOutput(PipeWriter output, Func<MqttReplies, ValueTask<bool>> collect)
#pragma warning restore CA1001
{
    private const int Idle = 0;
    private const int Pumping = 1;
    private const int PumpAgain = 2;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _pump = PumpAgain; // nothing goes before the CONNACK
    private bool _isClosed;

    /// <exception cref="ConnectionAbortedException">The client is gone.</exception>
    public async ValueTask WriteAsync(MqttReplies packets)
    {
        if (packets.IsEmpty)
            return;
        await _turn.WaitAsync();
        try
        {
            if (_isClosed)
                throw new ConnectionAbortedException();
            output.Write(packets.Written);
            var flushed = await output.FlushAsync();
            if (flushed.IsCompleted || flushed.IsCanceled)
                throw new ConnectionAbortedException();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>CONNACK is sent (5.0 [MQTT-3.2.0-1]): messages may follow.</summary>
    public void Open() => Volatile.Write(ref _pump, Idle);

    /// <summary>From any thread: there may be something to send.</summary>
    public void Kick()
    {
        if (Interlocked.Exchange(ref _pump, PumpAgain) == Idle)
            ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.PumpAsync(), this, preferLocal: false);
    }

    /// <summary>Nothing is written any more once this completes.</summary>
    public async ValueTask CloseAsync()
    {
        await _turn.WaitAsync();
        _isClosed = true;
        _turn.Release();
    }

    private async Task PumpAsync()
    {
        var packets = new MqttReplies();
        try
        {
            do
            {
                Volatile.Write(ref _pump, Pumping);
                while (await collect(packets))
                {
                    await WriteAsync(packets);
                    packets.Clear();
                }
            }
            while (Interlocked.CompareExchange(ref _pump, Idle, Pumping) != Pumping);
        }
        catch (Exception lost) when (MqttConnection.IsLoss(lost))
        {
            // The client is gone, and the pump with it; the session keeps what was not acknowledged.
        }
    }
}
