using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// Opens what a meter has encrypted: mode 5 and 7 of the transport layer (EN 13757-7, OMS volume 2 §9) and AES-CTR of
/// the extended link layer (EN 13757-4 §13.2.11). Everything is done in place.
/// </summary>
internal static class TelegramCipher
{
    public const int KeyBytes = 16;
    public const int BlockBytes = 16;

    /// <summary>Bytes of the code that OMS's authentication type 5 sends of AES-CMAC.</summary>
    public const int MacBytes = 8;

    // OMS volume 2, table of key derivation: what the derived key is for, sent by the meter.
    private const byte EncryptionFromMeter = 0x00;
    private const byte AuthenticationFromMeter = 0x01;
    private const byte KdfPadding = 0x07;

    /// <summary>Mode 5: CBC; the initial vector is the meter's address and eight times the access number.</summary>
    /// <param name="address">
    /// Manufacturer, identification, version, type: eight bytes in the link layer's order.
    /// </param>
    /// <returns>False where the content does not begin with the two fillers: another key.</returns>
    public static bool TryOpenMode5(
        Span<byte> content, ReadOnlySpan<byte> key, ReadOnlySpan<byte> address, byte accessNumber)
    {
        Span<byte> vector = stackalloc byte[BlockBytes];
        address.CopyTo(vector);
        vector[address.Length..].Fill(accessNumber);
        return TryOpenCbc(content, key, vector);
    }

    /// <summary>Mode 7: CBC from zero with a key derived from the message counter.</summary>
    /// <param name="counter">MCR of the authentication layer.</param>
    /// <param name="identification">The meter's four bytes.</param>
    public static bool TryOpenMode7(
        Span<byte> content, ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter, ReadOnlySpan<byte> identification)
    {
        Span<byte> derived = stackalloc byte[KeyBytes];
        Derive(key, EncryptionFromMeter, counter, identification, derived);
        Span<byte> vector = stackalloc byte[BlockBytes];
        vector.Clear();
        return TryOpenCbc(content, derived, vector);
    }

    /// <summary>Whether the code of the authentication layer is that of the message.</summary>
    /// <param name="authenticated">MCL, MCR, and ML where it is there.</param>
    /// <param name="message">From the transport layer's CI to the end, still encrypted.</param>
    public static bool IsAuthentic(
        ReadOnlySpan<byte> mac, ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> counter, ReadOnlySpan<byte> identification)
    {
        Span<byte> derived = stackalloc byte[KeyBytes];
        Derive(key, AuthenticationFromMeter, counter, identification, derived);
        Span<byte> whole = stackalloc byte[authenticated.Length + message.Length];
        authenticated.CopyTo(whole);
        message.CopyTo(whole[authenticated.Length..]);
        Span<byte> code = stackalloc byte[AesCmac.BlockBytes];
        AesCmac.Compute(derived, whole, code);
        return CryptographicOperations.FixedTimeEquals(code[..mac.Length], mac);
    }

    /// <summary>
    /// Extended link layer: a counter of address, CC, session number, frame number 0 and block number.
    /// </summary>
    public static void OpenCounted(
        Span<byte> content, ReadOnlySpan<byte> key, ReadOnlySpan<byte> address, byte communicationControl,
        ReadOnlySpan<byte> sessionNumber)
    {
        // CC's hop count changes on the way and is left out (EN 13757-4, CC field).
        const byte WithoutHops = 0xEF;
        Span<byte> counter = stackalloc byte[BlockBytes];
        counter.Clear();
        address.CopyTo(counter);
        counter[8] = (byte)(communicationControl & WithoutHops);
        sessionNumber.CopyTo(counter[9..]);
        Span<byte> mask = stackalloc byte[BlockBytes];
        using var aes = Aes.Create();
        aes.SetKey(key);
        for (; !content.IsEmpty; content = content[Math.Min(BlockBytes, content.Length)..], counter[^1]++)
        {
            aes.EncryptEcb(counter, mask, PaddingMode.None);
            for (var i = 0; i < content.Length && i < BlockBytes; i++)
                content[i] ^= mask[i];
        }
    }

    private static bool TryOpenCbc(Span<byte> content, ReadOnlySpan<byte> key, ReadOnlySpan<byte> vector)
    {
        Span<byte> opened = stackalloc byte[content.Length];
        using var aes = Aes.Create();
        aes.SetKey(key);
        aes.DecryptCbc(content, vector, opened, PaddingMode.None);
        opened.CopyTo(content);
        return BinaryPrimitives.ReadUInt16LittleEndian(content) == TelegramHeader.Fillers;
    }

    // OMS volume 2 §9.4.1: CMAC over purpose, counter, identification and padding to a block.
    private static void Derive(
        ReadOnlySpan<byte> key, byte purpose, ReadOnlySpan<byte> counter, ReadOnlySpan<byte> identification,
        Span<byte> derived)
    {
        Span<byte> input = stackalloc byte[BlockBytes];
        input.Fill(KdfPadding);
        input[0] = purpose;
        counter.CopyTo(input[1..]);
        identification.CopyTo(input[5..]);
        AesCmac.Compute(key, input, derived);
    }
}
