using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class PieceReaderTests
{
    [Test]
    public void Pieces_equal_those_of_a_split_of_the_whole_text()
    {
        Prop.ForAll<string[], byte, byte>((parts, separatorLength, step) =>
        {
            // Few letters, so that separators overlap and are nearly met.
            var separator = string.Concat(Enumerable.Repeat("ab", 1 + (separatorLength % 3)));
            var text = string.Concat(parts.Select(part => part is null ? separator : string.Concat(part.Select(c => (char)('a' + (c % 3))))));

            var pieces = Read(new DrippingStream(Encoding.ASCII.GetBytes(text), 1 + (step % 7)), separator, int.MaxValue);

            var expected = text.Split(separator);
            expected = expected[^1].Length == 0 ? expected[..^1] : expected;
            Assert.That(pieces.Select(piece => piece.Text), Is.EqualTo(expected));
            Assert.That(pieces.Select(piece => (int)piece.Offset), Is.EqualTo(OffsetsOf(expected, separator)));
        }).QuickCheckThrowOnFailure();
    }

    [TestCase(10, 11, true, Description = "one byte too many")]
    [TestCase(10, 10, false, Description = "the limit itself")]
    [TestCase(10, 1_000_000, true, Description = "many reads too many")]
    [TestCase(200_000, 200_000, false, Description = "a limit above one read")]
    [TestCase(200_000, 200_001, true, Description = "a limit above one read, passed")]
    public void Pieces_above_the_limit_are_passed_over(int limit, int length, bool isTooLong)
    {
        var pieces = Read(new MemoryStream(Encoding.ASCII.GetBytes($"a|{new string('x', length)}|b")), "|", limit);

        Assert.That(pieces.Select(piece => piece.Length), Is.EqualTo(new[] { 1, length, 1 }));
        Assert.That(pieces.Select(piece => piece.IsTooLong), Is.EqualTo(new[] { false, isTooLong, false }));
    }

    [Test]
    public void A_huge_piece_takes_little_memory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var pieces = Read(new EndlessLine(1L << 30), "\n", 1 << 20);

        Assert.That(pieces.Single().Length, Is.EqualTo(1L << 30));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    private static List<(string Text, long Offset, long Length, bool IsTooLong)> Read(Stream stream, string separator, int limit)
    {
        var reader = new PieceReader(stream, limit);
        var pieces = new List<(string, long, long, bool)>();
        while (reader.TryRead(Encoding.ASCII.GetBytes(separator), out var piece))
        {
            pieces.Add((Encoding.ASCII.GetString(piece.Bytes.Span), piece.Offset, piece.Length, piece.IsTooLong));
        }

        return pieces;
    }

    private static IEnumerable<int> OffsetsOf(string[] pieces, string separator)
    {
        var offset = 0;
        foreach (var piece in pieces)
        {
            yield return offset;
            offset += piece.Length + separator.Length;
        }
    }

    /// <summary>Gives a few bytes a read.</summary>
    private sealed class DrippingStream : ForwardStream
    {
        private readonly MemoryStream _content;
        private readonly int _step;

        public DrippingStream(byte[] content, int step)
        {
            _content = new MemoryStream(content);
            _step = step;
        }

        public override int Read(Span<byte> buffer)
        {
            return _content.Read(buffer[..Math.Min(_step, buffer.Length)]);
        }
    }

    /// <summary>Gives zeros without a line's end.</summary>
    private sealed class EndlessLine : ForwardStream
    {
        private long _left;

        public EndlessLine(long length)
        {
            _left = length;
        }

        public override int Read(Span<byte> buffer)
        {
            var read = (int)Math.Min(_left, buffer.Length);
            buffer[..read].Clear();
            _left -= read;
            return read;
        }
    }
}
