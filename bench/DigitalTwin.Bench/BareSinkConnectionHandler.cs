using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace DigitalTwin.Bench;

/// <summary>
/// The reference: cuts packets, finds each PUBLISH's packet identifier and acknowledges it. No identity, no topics,
/// no JSON, no engine: what is left is the cost of sockets, of the server and of the generator.
/// </summary>
public sealed class BareSinkConnectionHandler : ConnectionHandler
{
    private const int Connect = 1;
    private const int Publish = 3;
    private const int Disconnect = 14;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var output = connection.Transport.Output;
        while (true)
        {
            var read = await input.ReadAsync();
            var rest = read.Buffer;
            var isOver = false;
            while (!isOver && TryTake(ref rest, out var header, out var body))
                isOver = Answer(header, body, output);
            input.AdvanceTo(rest.Start, rest.End);
            await output.FlushAsync();
            if (isOver || read.IsCompleted)
                return;
        }
    }

    private static bool Answer(byte header, ReadOnlySequence<byte> body, IBufferWriter<byte> output)
    {
        switch (header >> 4)
        {
            case Connect:
                output.Write<byte>([0x20, 2, 0, 0]);
                break;
            case Publish when (header & 0x06) != 0:
                Span<byte> head = stackalloc byte[2];
                body.Slice(0, 2).CopyTo(head);
                var topicLength = head[0] << 8 | head[1];
                body.Slice(2 + topicLength, 2).CopyTo(head);
                output.Write<byte>([0x40, 2, head[0], head[1]]);
                break;
            case Disconnect:
                return true;
            default:
                break;
        }

        return false;
    }

    private static bool TryTake(ref ReadOnlySequence<byte> input, out byte header, out ReadOnlySequence<byte> body)
    {
        body = default;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryRead(out header))
            return false;
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (!reader.TryRead(out var part))
                return false;
            length |= (part & 0x7f) << shift;
            if (part < 0x80)
                break;
        }

        if (reader.Remaining < length)
            return false;
        body = input.Slice(reader.Position, length);
        input = input.Slice(body.End);
        return true;
    }
}
