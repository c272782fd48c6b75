using System.Globalization;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>
/// A journal in a process of its own, for a test to kill: many writers append, and each says the sequence once it is
/// on disk, for ever.
/// </summary>
internal static class JournalProcess
{
    public const int Writers = 32;

    public static readonly JournalOptions Options = new()
    {
        SegmentBytesMax = 64 * 1024,
        BufferBytes = 16 * 1024,
        FreeBytesMin = 0,
    };

    public static async Task<int> RunAsync(string folder)
    {
        using var files = LockedFolder.Take(folder);
        await using var journal = SegmentedJournal.Open(files, JournalFixture.City, Options, TimeProvider.System);
        var output = new Lock();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var number = 0; ; number++)
            {
                var payload = Payload(writer, number);
                var sequence = await journal.AppendAsync((byte)writer, payload);
                await journal.CommittedAsync(sequence);
                lock (output)
                    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sequence} {writer} {number}"));
            }
        }));
        return 0;
    }

    /// <summary>What a writer writes as its so-manieth record.</summary>
    public static byte[] Payload(int writer, int number)
    {
        var payload = new byte[(writer * 31 + number * 17) % 300];
        new Random(writer * 1_000_003 + number).NextBytes(payload);
        return payload;
    }
}
