using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DigitalTwin.Gateway.Push.MessagePack;

/// <summary>
/// SignalR's <c>messagepack</c> hub protocol (HubProtocol.md, "MessagePack encoding") for texts, numbers, truth values
/// and bytes, which is all that the city hub carries. Streams from a client are not offered.
/// </summary>
internal sealed class MessagePackHubProtocol : IHubProtocol
{
    // An error, nothing, or a value in a completion.
    private const int ResultKindError = 1;
    private const int ResultKindVoid = 2;
    private const int ResultKindValue = 3;

    public string Name => "messagepack";

    public int Version => 2;

    public TransferFormat TransferFormat => TransferFormat.Binary;

    public bool IsVersionSupported(int version) => version <= Version;

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        message = null;
        if (!LengthPrefix.TryTake(ref input, out var packet))
            return false;
        message = packet.IsSingleSegment ? Parse(packet.FirstSpan, binder) : Parse(packet.ToArray(), binder);
        return true;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        var body = new ArrayBufferWriter<byte>(BytesAtMost(message));
        Write(message, new MessagePackWriter(body));
        LengthPrefix.Write(body.WrittenCount, output);
        output.Write(body.WrittenSpan);
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
    {
        var output = new ArrayBufferWriter<byte>(BytesAtMost(message) + LengthPrefix.BytesMax);
        WriteMessage(message, output);
        return output.WrittenMemory;
    }

    // A guess that saves growing: only frames are large.
    private static int BytesAtMost(HubMessage message) =>
        message is InvocationMessage { Arguments: [byte[] frame] } ? frame.Length + 64 : 256;

    private static HubMessage Parse(ReadOnlySpan<byte> packet, IInvocationBinder binder)
    {
        var reader = new MessagePackReader(packet);
        var count = reader.ReadArrayLength();
        var type = reader.ReadInteger();
        return type switch
        {
            HubProtocolConstants.InvocationMessageType => ParseInvocation(ref reader, binder, count, isStream: false),
            HubProtocolConstants.StreamInvocationMessageType => ParseInvocation(ref reader, binder, count, isStream: true),
            HubProtocolConstants.CancelInvocationMessageType => ParseCancellation(ref reader),
            HubProtocolConstants.PingMessageType => PingMessage.Instance,
            HubProtocolConstants.CloseMessageType => new CloseMessage(reader.ReadString()),
            HubProtocolConstants.AckMessageType => new AckMessage(reader.ReadInteger()),
            HubProtocolConstants.SequenceMessageType => new SequenceMessage(reader.ReadInteger()),
            _ => throw new InvalidDataException($"Hub messages of type {type} are not offered."),
        };
    }

    private static HubMessage ParseInvocation(
        ref MessagePackReader reader, IInvocationBinder binder, int count, bool isStream)
    {
        reader.Skip(); // headers: nothing here uses any
        var invocationId = reader.ReadString();
        var target = reader.ReadString();
        if (string.IsNullOrEmpty(target) || (isStream && string.IsNullOrEmpty(invocationId)))
            throw new InvalidDataException("An invocation lacks its target or its id.");
        object?[] arguments;
        try
        {
            arguments = ReadArguments(ref reader, binder.GetParameterTypes(target));
        }
        catch (Exception refused) when (refused is not OutOfMemoryException)
        {
            // The call fails with an answer, the connection stays: its next message starts at the next length.
            return new InvocationBindingFailureMessage(invocationId, target, ExceptionDispatchInfo.Capture(refused));
        }

        if (count > 5 && reader.ReadArrayLength() > 0)
            throw new InvalidDataException("Streams from a client are not offered.");
        return isStream
            ? new StreamInvocationMessage(invocationId!, target, arguments)
            : new InvocationMessage(invocationId, target, arguments);
    }

    private static object?[] ReadArguments(ref MessagePackReader reader, IReadOnlyList<Type> types)
    {
        var count = reader.ReadArrayLength();
        if (count != types.Count)
            throw new InvalidDataException($"{count} arguments were sent where {types.Count} are expected.");
        var arguments = new object?[count];
        for (var i = 0; i < count; i++)
            arguments[i] = ReadArgument(ref reader, types[i]);
        return arguments;
    }

    private static object? ReadArgument(ref MessagePackReader reader, Type type)
    {
        if (type == typeof(string))
            return reader.ReadString();
        if (type == typeof(long))
            return reader.ReadInteger();
        if (type == typeof(uint))
            return reader.ReadInteger() is >= 0 and <= uint.MaxValue and var number
                ? (uint)number
                : throw new InvalidDataException("A number is out of its range.");
        if (type == typeof(bool))
            return reader.ReadBoolean();
        if (type == typeof(double))
            return reader.ReadNumber();
        throw new InvalidDataException($"Arguments of type {type.Name} are not offered.");
    }

    private static CancelInvocationMessage ParseCancellation(ref MessagePackReader reader)
    {
        reader.Skip(); // headers
        return new CancelInvocationMessage(
            reader.ReadString() ?? throw new InvalidDataException("A cancellation lacks its invocation."));
    }

    private static void Write(HubMessage message, MessagePackWriter writer)
    {
        switch (message)
        {
            case InvocationMessage invocation:
                WriteInvocation(invocation, writer);
                break;
            case CompletionMessage completion:
                WriteCompletion(completion, writer);
                break;
            case PingMessage:
                writer.WriteArrayHeader(1);
                writer.WriteInteger(HubProtocolConstants.PingMessageType);
                break;
            case CloseMessage close:
                writer.WriteArrayHeader(3);
                writer.WriteInteger(HubProtocolConstants.CloseMessageType);
                writer.WriteString(close.Error);
                writer.WriteBoolean(close.AllowReconnect);
                break;
            case AckMessage acknowledgement:
                WriteSequence(HubProtocolConstants.AckMessageType, acknowledgement.SequenceId, writer);
                break;
            case SequenceMessage sequence:
                WriteSequence(HubProtocolConstants.SequenceMessageType, sequence.SequenceId, writer);
                break;
            default:
                throw new NotSupportedException($"The city hub sends no {message.GetType().Name}.");
        }
    }

    private static void WriteSequence(int type, long sequenceId, MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.WriteInteger(type);
        writer.WriteInteger(sequenceId);
    }

    private static void WriteInvocation(InvocationMessage invocation, MessagePackWriter writer)
    {
        writer.WriteArrayHeader(6);
        writer.WriteInteger(HubProtocolConstants.InvocationMessageType);
        writer.WriteMapHeader(0);
        writer.WriteString(string.IsNullOrEmpty(invocation.InvocationId) ? null : invocation.InvocationId);
        writer.WriteString(invocation.Target);
        writer.WriteArrayHeader(invocation.Arguments.Length);
        foreach (var argument in invocation.Arguments)
            WriteValue(argument, writer);
        writer.WriteArrayHeader(0);
    }

    private static void WriteCompletion(CompletionMessage completion, MessagePackWriter writer)
    {
        var kind = completion.Error is not null ? ResultKindError
            : completion.HasResult ? ResultKindValue
            : ResultKindVoid;
        writer.WriteArrayHeader(kind == ResultKindVoid ? 4 : 5);
        writer.WriteInteger(HubProtocolConstants.CompletionMessageType);
        writer.WriteMapHeader(0);
        writer.WriteString(completion.InvocationId);
        writer.WriteInteger(kind);
        if (kind == ResultKindError)
            writer.WriteString(completion.Error);
        else if (kind == ResultKindValue)
            WriteValue(completion.Result, writer);
    }

    private static void WriteValue(object? value, MessagePackWriter writer)
    {
        switch (value)
        {
            case null:
                writer.WriteNil();
                break;
            case string text:
                writer.WriteString(text);
                break;
            case byte[] bytes:
                writer.WriteBinary(bytes);
                break;
            case bool truth:
                writer.WriteBoolean(truth);
                break;
            case int or uint or long:
                writer.WriteInteger(Convert.ToInt64(value, null));
                break;
            case double number:
                writer.WriteDouble(number);
                break;
            default:
                throw new NotSupportedException($"The city hub sends no {value.GetType().Name}.");
        }
    }
}
