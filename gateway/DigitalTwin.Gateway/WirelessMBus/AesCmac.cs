using System.Security.Cryptography;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>AES-CMAC (RFC 4493, NIST SP 800-38B) with a key of 128 bits.</summary>
internal static class AesCmac
{
    public const int BlockBytes = 16;

    // RFC 4493 §2.3: x¹²⁸ + x⁷ + x² + x + 1.
    private const byte Reduction = 0x87;

    /// <summary>The whole 128-bit code of a message.</summary>
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> code)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> subkey = stackalloc byte[BlockBytes];
        subkey.Clear();
        aes.EncryptEcb(subkey, subkey, PaddingMode.None);
        Double(subkey);
        var isWhole = message.Length > 0 && message.Length % BlockBytes == 0;
        if (!isWhole)
            Double(subkey);
        Span<byte> state = stackalloc byte[BlockBytes];
        state.Clear();
        for (; message.Length > BlockBytes; message = message[BlockBytes..])
        {
            Mix(state, message[..BlockBytes]);
            aes.EncryptEcb(state, state, PaddingMode.None);
        }

        Mix(state, message);
        if (!isWhole)
            state[message.Length] ^= 0x80;
        Mix(state, subkey);
        aes.EncryptEcb(state, code, PaddingMode.None);
    }

    private static void Mix(Span<byte> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < block.Length; i++)
            state[i] ^= block[i];
    }

    private static void Double(Span<byte> subkey)
    {
        var carry = 0;
        for (var i = subkey.Length - 1; i >= 0; i--)
        {
            var doubled = subkey[i] << 1 | carry;
            carry = doubled >> 8;
            subkey[i] = (byte)doubled;
        }

        if (carry != 0)
            subkey[^1] ^= Reduction;
    }
}
