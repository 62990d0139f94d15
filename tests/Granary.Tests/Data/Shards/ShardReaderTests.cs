using System.Buffers.Binary;
using System.Security.Cryptography;
using Granary.Core;
using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardReaderTests
{
    [TestCase(0, 3, 50_000, Description = "rows of one id")]
    [TestCase(6, 100, 50_000)]
    [TestCase(8, 0, 50_000, Description = "no rows")]
    [TestCase(8, 5_000, 65_536, Description = "three blocks, two bytes an id")]
    [TestCase(8, 3_000, 65_537, Description = "three blocks, four bytes an id")]
    [TestCase(13, 70, 50_000, Description = "rows that straddle blocks")]
    [TestCase(20, 3, 50_000, Description = "rows longer than a block")]
    public void Rows_read_back(int exponent, int rows, int vocabularySize)
    {
        using var folder = new TempFolder();
        var entry = ShardSamples.Write(folder.Path, exponent, 0, rows, vocabularySize);

        using var reader = new ShardReader(folder[entry.File]);

        Assert.That(reader.Rows, Is.EqualTo(rows));
        var (ints, longs) = (new int[1 << exponent], new long[1 << exponent]);
        for (var row = 0; row < rows; row += Math.Max(1, rows / 200))
        {
            reader.CopyRow(row, ints);
            reader.CopyRow(row, longs);
            Assert.Multiple(() =>
            {
                Assert.That(ints.AsSpan().SequenceEqual(ShardSamples.Ids(exponent, row, vocabularySize)), Is.True);
                Assert.That(longs.SequenceEqual(ints.Select(id => (long)id)), Is.True);
                Assert.That(reader.NextToken(row), Is.EqualTo(ShardSamples.Next(exponent, row, vocabularySize)));
                Assert.That(reader.Provenance(row), Is.EqualTo(ShardSamples.Provenance(exponent, row)));
            });
        }
    }

    [Test]
    public void File_lies_as_the_specification_says()
    {
        using var folder = new TempFolder();
        var entry = ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 100);

        var bytes = File.ReadAllBytes(folder[entry.File]);

        // Read with plain numbers, not with the writer's constants: this is README.md of the folder.
        var row5 = Enumerable.Range(0, 64).Select(i => (int)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4096 + (5 * 128) + (2 * i))));
        Assert.Multiple(() =>
        {
            Assert.That(bytes.AsSpan(0, 8).SequenceEqual("GRNSHARD"u8), Is.True);
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24)), Is.EqualTo(100), "rows");
            Assert.That(row5, Is.EqualTo(ShardSamples.Ids(6, 5)));
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(48)), Is.EqualTo(20_480), "next tokens: 4,096 + 12,800 up to a page");
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20_480)), Is.EqualTo(uint.MaxValue));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20_480 + 4)), Is.EqualTo(ShardSamples.Next(6, 1)));
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(56)), Is.EqualTo(24_576), "provenance");
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64)), Is.EqualTo(28_672), "checksums");
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(28_672)), Is.EqualTo(Crc32C.ComputeByTable(bytes.AsSpan(0, 28_672))));
            Assert.That(bytes, Has.Length.EqualTo(28_672 + 4 + 128));
            Assert.That(entry.Sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, bytes.Length - 128)))));
            Assert.That(entry.File, Is.EqualTo(entry.Sha256[..16] + ".shard"));
        });
    }

    [TestCase(3, 40, Description = "a row of one byte of borders")]
    [TestCase(1, 40, Description = "a row of less than a byte")]
    [TestCase(9, 3_000, Description = "three blocks")]
    [TestCase(17, 9, Description = "borders of four pages a row, which do not begin on one of their own size")]
    public void Borders_read_back(int exponent, int rows)
    {
        using var folder = new TempFolder();
        var entry = ShardSamples.Write(folder.Path, exponent, 0, rows, isPacked: true);

        using var reader = new ShardReader(folder[entry.File]);

        Assert.That((reader.Rows, reader.Identity.IsPacked), Is.EqualTo(((long)rows, true)));
        var ids = new int[1 << exponent];
        for (var row = 0; row < rows; row += Math.Max(1, rows / 100))
        {
            reader.CopyRow(row, ids);
            Assert.Multiple(() =>
            {
                Assert.That(reader.Borders(row).SequenceEqual(ShardSamples.Borders(exponent, row)), Is.True);
                Assert.That(ids, Is.EqualTo(ShardSamples.Ids(exponent, row)));
                Assert.That(reader.NextToken(row), Is.EqualTo(ShardSamples.Next(exponent, row)));
                Assert.That(reader.Provenance(row), Is.EqualTo(ShardSamples.Provenance(exponent, row)));
            });
        }
    }

    [Test]
    public void Packed_file_lies_as_the_specification_says_and_pieces_keep_their_bytes()
    {
        using var folder = new TempFolder();
        var packed = File.ReadAllBytes(folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 100, isPacked: true).File]);
        var pieces = File.ReadAllBytes(folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 100).File]);

        var trailer = packed.AsSpan(packed.Length - 128);
        Assert.Multiple(() =>
        {
            Assert.That((packed[16], pieces[16]), Is.EqualTo(((byte)2, (byte)1)), "version");
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(packed.AsSpan(152)), Is.EqualTo(28_672), "borders, where checksums would be");
            Assert.That(packed.AsSpan(28_672 + (5 * 8), 8).SequenceEqual(ShardSamples.Borders(6, 5)), Is.True, "row 5");
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(packed.AsSpan(64)), Is.EqualTo(32_768), "checksums");
            Assert.That(packed.AsSpan(4_096, 24_576).SequenceEqual(pieces.AsSpan(4_096, 24_576)), Is.True, "all sections in front");
            Assert.That(pieces.AsSpan(152, 4_096 - 152).ContainsAnyExcept((byte)0), Is.False, "nothing of version 2 in version 1");
            Assert.That(pieces.AsSpan(pieces.Length - 12, 4).ContainsAnyExcept((byte)0), Is.False);
        });
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(trailer[116..]), Is.EqualTo(Crc32C.ComputeByTable(packed.AsSpan(28_672, 800))), "100 rows of 8 bytes");
    }

    [Test]
    public void Pieces_have_no_borders_and_packed_rows_are_not_written_without()
    {
        using var folder = new TempFolder();
        using var reader = new ShardReader(folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 1).File]);
        using var writer = new ShardWriter(folder.Path, 6, ShardSamples.Identity(isPacked: true));

        Assert.Multiple(() =>
        {
            Assert.That(() => reader.Borders(0).Length, Throws.TypeOf<InvalidOperationException>());
            Assert.That(() => writer.Append(ShardSamples.Ids(6, 0), -1, ShardSamples.Provenance(6, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Damaged_borders_are_found_when_touched_and_not_before()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 10, firstRow: 0, rows: 10_000, isPacked: true).File];
        Flip(path, new ShardLayout(10, 2, 10_000, IsPacked: true).BordersOffset + 1_200_000);

        using var reader = new ShardReader(path);
        reader.CopyRow(0, new int[1_024]);

        Assert.That(reader.Provenance(0), Is.EqualTo(ShardSamples.Provenance(10, 0)));
        Assert.Throws<CorpusException>(() => reader.Borders(1_200_000 / 128));
    }

    [TestCase(9, false, Description = "one bit of every byte")]
    [TestCase(9, true, Description = "one bit of every byte of packed rows")]
    [TestCase(1, true, Description = "every bit of packed rows", Category = "Slow")]
    [TestCase(1, false, Description = "every bit", Category = "Slow")]
    public void Every_flipped_bit_is_found(int step, bool isPacked)
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 4, firstRow: 0, rows: 6, isPacked: isPacked).File];
        var bytes = File.ReadAllBytes(path);

        for (var bit = 0; bit < bytes.Length * 8; bit += step)
        {
            if (!IsRefused(path, bytes, bit))
            {
                Assert.Fail($"Bit {bit % 8} of byte {bit / 8} may flip unseen.");
            }
        }
    }

    [Test]
    public void Damage_is_named_by_block_when_a_row_in_it_is_first_touched_and_not_before()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 10, firstRow: 0, rows: 1_500).File];
        Flip(path, (2 << 20) + 12_345);

        using var reader = new ShardReader(path);
        var ids = new int[1024];
        reader.CopyRow(0, ids);

        var thrown = Assert.Throws<CorpusException>(() => reader.CopyRow((((2 << 20) + 12_345) - 4_096) / 2_048, ids));
        Assert.Multiple(() =>
        {
            Assert.That(thrown.File, Is.EqualTo(path));
            Assert.That(thrown.Offset, Is.EqualTo(2 << 20));
        });
    }

    [Test]
    public void Damaged_next_tokens_and_provenance_are_found_when_touched()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 10, firstRow: 0, rows: 1_500).File];
        long next;
        using (var whole = new ShardReader(path))
        {
            next = whole.Layout.NextOffset;
        }

        Flip(path, next + 5);

        using var reader = new ShardReader(path);
        Assert.Multiple(() =>
        {
            Assert.Throws<CorpusException>(() => reader.NextToken(1_000));
            Assert.Throws<CorpusException>(() => reader.Provenance(0));
        });
    }

    [Test]
    public void Cut_off_file_is_refused_at_every_border()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 100).File];
        var bytes = File.ReadAllBytes(path);
        int[] borders = [0, 1, 8, 4_096, 4_096 + 128, 4_096 + 12_800, 20_480, 20_880, 24_576, 27_776, 28_672, 28_676, 28_676 + 127];

        foreach (var length in borders)
        {
            var cut = folder[$"cut-{length}.shard"];
            File.WriteAllBytes(cut, bytes.AsSpan(0, length));

            var thrown = Assert.Throws<CorpusException>(() => new ShardReader(cut).Dispose(), $"{length} bytes");
            Assert.That(thrown.Offset, Is.EqualTo(length));
        }
    }

    [Test]
    public void Joined_file_is_refused()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 10).File];
        File.AppendAllText(path, "x");

        Assert.That(() => new ShardReader(path).Dispose(), Throws.TypeOf<CorpusException>().With.Message.Contains("joined"));
    }

    [Test]
    public void Reading_ahead_changes_nothing_and_checks_nothing()
    {
        using var folder = new TempFolder();
        var path = folder[ShardSamples.Write(folder.Path, exponent: 10, firstRow: 0, rows: 1_500).File];
        Flip(path, (2 << 20) + 12_345);
        using var reader = new ShardReader(path);

        for (var row = 0; row < 1_500; row++)
        {
            reader.WillRead(row);
        }

        var ids = new int[1024];
        reader.CopyRow(7, ids);
        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.EqualTo(ShardSamples.Ids(10, 7)));
            Assert.Throws<CorpusException>(() => reader.CopyRow((((2 << 20) + 12_345) - 4_096) / 2_048, ids));
            Assert.That(() => reader.WillRead(1_500), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Row_outside_the_shard_is_refused()
    {
        using var folder = new TempFolder();
        using var reader = new ShardReader(folder[ShardSamples.Write(folder.Path, exponent: 6, firstRow: 0, rows: 10).File]);

        Assert.Multiple(() =>
        {
            Assert.That(() => reader.RowUInt16(10).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => reader.RowUInt16(-1).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => reader.NextToken(10), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => reader.RowUInt32(0).Length, Throws.TypeOf<InvalidOperationException>());
        });
    }

    private static bool IsRefused(string path, byte[] bytes, int bit)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, [(byte)(bytes[bit / 8] ^ (1 << (bit % 8)))], bit / 8);
        }

        try
        {
            using var reader = new ShardReader(path);
            for (var row = 0; row < reader.Rows; row++)
            {
                _ = reader.RowUInt16(row);
            }

            return false;
        }
        catch (CorpusException)
        {
            return true;
        }
        finally
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            RandomAccess.Write(file, [bytes[bit / 8]], bit / 8);
        }
    }

    private static void Flip(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x10));
    }
}
