using FsCheck;
using FsCheck.Fluent;
using Granary.Data.Shards;

namespace Granary.Data.Batching.Tests;

public sealed class SegmentWriterTests
{
    private const int Length = 16;
    private static readonly long[] Behind = [.. Enumerable.Range(101, Length).Select(id => (long)id)];

    [Test]
    public void Documents_become_segments_with_positions_of_their_own_and_do_not_predict_each_other()
    {
        var (segments, positions, targets) = Fill(new SegmentLaw(true, 0, true), [0, 5, 6], RowFlags.None);

        Assert.Multiple(() =>
        {
            Assert.That(segments, Is.EqualTo(new[] { 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 }));
            Assert.That(positions, Is.EqualTo(new long[] { 0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
            Assert.That(targets, Is.EqualTo(new long[] { 101, 102, 103, 104, -100, -100, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116 }));
        });
    }

    [Test]
    public void Document_that_ends_with_the_row_predicts_nothing_behind_it()
    {
        var (_, _, targets) = Fill(new SegmentLaw(true, 0, true), [0], RowFlags.Last);

        Assert.That(targets, Is.EqualTo(Behind.SkipLast(1).Append(-100)));
    }

    [Test]
    public void Padding_has_segment_0_and_no_targets()
    {
        var (segments, positions, targets) = Fill(new SegmentLaw(true, 0, true), [0, 4, 9], RowFlags.Padded);

        Assert.Multiple(() =>
        {
            Assert.That(segments, Is.EqualTo(new[] { 1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0 }));
            Assert.That(positions[9..], Is.All.Zero);
            Assert.That(targets, Is.EqualTo(new long[] { 101, 102, 103, -100, 105, 106, 107, 108, -100, -100, -100, -100, -100, -100, -100, -100 }));
        });
    }

    [Test]
    public void Blocks_begin_anew_with_each_document_and_predict_across_their_ends()
    {
        var (segments, positions, targets) = Fill(new SegmentLaw(true, 3, true), [0, 7], RowFlags.None);

        Assert.Multiple(() =>
        {
            Assert.That(segments, Is.EqualTo(new[] { 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6 }));
            Assert.That(positions[..8], Is.EqualTo(new long[] { 0, 1, 2, 3, 4, 5, 6, 0 }), "a block does not reset positions");
            Assert.That(targets, Is.EqualTo(Behind.Select((id, i) => i == 6 ? -100 : id)));
        });
    }

    [Test]
    public void Blocks_without_document_masking_run_through_the_row_and_keep_every_target()
    {
        var (segments, _, targets) = Fill(new SegmentLaw(false, 5, false), [0, 7], RowFlags.Last);

        Assert.Multiple(() =>
        {
            Assert.That(segments, Is.EqualTo(new[] { 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4 }));
            Assert.That(targets, Is.EqualTo(Behind));
        });
    }

    [Test]
    public void Joined_rows_keep_their_targets_but_those_of_padding()
    {
        var targets = (long[])Behind.Clone();
        SegmentWriter.Fill(SegmentLaw.Joined, Bits([0, 7, 12]), RowFlags.Padded, [], [], targets);

        Assert.That(targets, Is.EqualTo(Behind.Select((id, i) => i < 11 ? id : -100)));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Any_row_is_filled_as_position_by_position()
    {
        var cases =
            from exponent in Gen.Choose(3, 9)
            from borders in Gen.ListOf(Gen.Choose(1, (1 << exponent) - 1))
            from separates in Gen.Elements(true, false)
            from window in Gen.Elements(0, 1, 3, 16, 100)
            from flags in Gen.Elements(RowFlags.None, RowFlags.Last, RowFlags.Padded, RowFlags.First | RowFlags.Last)
            select (length: 1 << exponent, borders: borders.Append(0).Distinct().Order().ToArray(), law: new SegmentLaw(separates, window, separates), flags);
        return Prop.ForAll(cases.ToArbitrary(), (item) =>
        {
            // Padding alone makes no row.
            var flags = item.borders.Length == 1 ? item.flags & ~RowFlags.Padded : item.flags;
            var expected = Reference(item.law, item.borders, flags, item.length);
            var actual = Fill(item.law, item.borders, flags, item.length);

            Assert.That(actual.Segments, Is.EqualTo(expected.Segments));
            Assert.That(actual.Positions, Is.EqualTo(expected.Positions));
            Assert.That(actual.Targets, Is.EqualTo(expected.Targets));
        });
    }

    // One position after the other, nothing looked up in words.
    private static (int[] Segments, long[] Positions, long[] Targets) Reference(SegmentLaw law, int[] borders, RowFlags flags, int length)
    {
        var (segments, positions, targets) = (new int[length], new long[length], new long[length]);
        var used = flags.HasFlag(RowFlags.Padded) ? borders[^1] : length;
        var (segment, inDocument) = (0, 0);
        for (var i = 0; i < length; i++)
        {
            var isBorder = borders.Contains(i);
            inDocument = isBorder && (law.SeparatesDocuments || i == 0) ? 0 : inDocument + (i == 0 ? 0 : 1);
            segment += inDocument == 0 || (law.Window > 0 && inDocument % law.Window == 0) ? 1 : 0;
            segments[i] = i < used && law.HasSegments ? segment : 0;
            positions[i] = i < used && law.ResetsPositions ? inDocument : 0;
            var isLastOfDocument = i == length - 1 ? flags.HasFlag(RowFlags.Last) : borders.Contains(i + 1);
            targets[i] = i >= used || (i == used - 1 && used < length) || (law.SeparatesDocuments && isLastOfDocument) ? -100 : 101 + i;
        }

        return (segments, positions, targets);
    }

    private static (int[] Segments, long[] Positions, long[] Targets) Fill(SegmentLaw law, int[] borders, RowFlags flags, int length = Length)
    {
        var segments = new int[law.HasSegments ? length : 0];
        var positions = new long[law.ResetsPositions ? length : 0];
        var targets = Enumerable.Range(101, length).Select(id => (long)id).ToArray();
        SegmentWriter.Fill(law, Bits(borders, length), flags, segments, positions, targets);
        return (segments.Length > 0 ? segments : new int[length], positions.Length > 0 ? positions : new long[length], targets);
    }

    private static byte[] Bits(int[] borders, int length = Length)
    {
        var bits = new byte[length / 8];
        foreach (var border in borders)
        {
            bits[border / 8] |= (byte)(1 << (border % 8));
        }

        return bits;
    }
}
