using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Tests;

/// <summary>Golden vectors: worked out by hand from the released script's rule, MIN = 8, MAX = 13, ids with the end of text.</summary>
public sealed class DecomposerTests
{
    private static readonly DecompositionConfig Released = new() { MinExponent = 8, MaxExponent = 13, Pieces = "2^k+1" };
    private static readonly DecompositionConfig Pure = new() { MinExponent = 0, MaxExponent = 24 };

    [TestCase(256, "", 256, Description = "one id short of the shortest piece")]
    [TestCase(257, "256", 0)]
    [TestCase(258, "256", 1)]
    [TestCase(512, "256", 255)]
    [TestCase(513, "512", 0)]
    [TestCase(514, "512", 1)]
    [TestCase(770, "512 256", 0)]
    [TestCase(1000, "512 256", 230)]
    [TestCase(1026, "1024", 1)]
    [TestCase(4097, "4096", 0)]
    [TestCase(8192, "4096 2048 1024 512 256", 251)]
    [TestCase(8193, "8192", 0)]
    [TestCase(16384, "8192 4096 2048 1024 512 256", 250)]
    [TestCase(16385, "8192 4096 2048 1024 512 256", 251, Description = "capped at the longest piece")]
    public void Pieces_of_the_released_form(long length, string expected, long dropped)
    {
        var pieces = Cut(Released, length);

        Assert.Multiple(() =>
        {
            Assert.That(Lengths(pieces), Is.EqualTo(expected));
            Assert.That(length - pieces.Sum(piece => piece.Length + 1), Is.EqualTo(dropped));
        });
    }

    [TestCase(0, "512 256 128 64 32 8", 0)]
    [TestCase(8, "512 256", 232)]
    public void Pieces_of_the_papers_form(int minExponent, string expected, long dropped)
    {
        var pieces = Cut(Pure with { MinExponent = minExponent }, 1000);

        Assert.Multiple(() =>
        {
            Assert.That(Lengths(pieces), Is.EqualTo(expected));
            Assert.That(1000 - pieces.Sum(piece => piece.Length), Is.EqualTo(dropped));
        });
    }

    [TestCase(513, "256 256", 0, 256, Description = "two capped pieces share id 256 and end with id 512")]
    [TestCase(512, "256", 0, -1, Description = "the second piece would need an id more")]
    public void Overlapping_pieces_share_one_id(long length, string expected, long firstStart, long secondStart)
    {
        var pieces = Cut(Released with { Pieces = "overlap-1", MaxExponent = 8 }, length);

        Assert.Multiple(() =>
        {
            Assert.That(Lengths(pieces), Is.EqualTo(expected));
            Assert.That(pieces[0].Start, Is.EqualTo(firstStart));
            Assert.That(pieces.Count > 1 ? pieces[1].Start : -1, Is.EqualTo(secondStart));
        });
    }

    [TestCase("2^k", 300, 44, Description = "the last 256 of 300")]
    [TestCase("2^k+1", 300, 43, Description = "256 inputs and the end of text as the last target")]
    [TestCase("overlap-1", 300, 43)]
    [TestCase("2^k", 512, -1, Description = "nothing is left over, so nothing is aligned")]
    [TestCase("2^k", 255, -1, Description = "too short for any piece")]
    public void Aligned_last_piece_ends_with_the_document(string form, long length, long expectedStart)
    {
        var pieces = Cut(Released with { Pieces = form, Tail = "align-end" }, length);

        var aligned = pieces.Where(piece => piece.IsAlignedToEnd).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(aligned.Select(piece => piece.Start), Is.EqualTo(expectedStart < 0 ? [] : new[] { expectedStart }));
            Assert.That(aligned.Select(piece => piece.Exponent), Is.All.EqualTo(8));
        });
    }

    [Test]
    public void Pure_pieces_are_the_set_bits_of_the_length_from_the_highest()
    {
        var key = RandomKey.FromSeed(1).Use("lengths");
        var decomposer = new Decomposer(Pure, 0);
        var pieces = new List<Piece>();
        for (var i = 0; i < 1_000_000; i++)
        {
            var length = key.BelowAt(i, 1 << 24);

            decomposer.Cut(length, default, pieces);

            var sum = 0L;
            for (var j = 0; j < pieces.Count; j++)
            {
                sum |= pieces[j].Length;
                if (j > 0 && pieces[j].Exponent >= pieces[j - 1].Exponent)
                {
                    Assert.Fail($"Pieces of {length} do not descend.");
                }
            }

            if (pieces.Count != BitOperations.PopCount((ulong)length) || sum != length)
            {
                Assert.Fail($"Pieces of {length} are not its set bits.");
            }
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Every_mode_gives_consecutive_pieces_inside_the_document()
    {
        var configs =
            from min in Gen.Choose(0, 8)
            from span in Gen.Choose(0, 5)
            from form in Gen.Elements("2^k", "2^k+1", "overlap-1")
            from longDocuments in Gen.Elements("cap", "random")
            from tail in Gen.Elements("drop", "align-end")
            select new DecompositionConfig { MinExponent = min, MaxExponent = min + span, Pieces = form, LongDocuments = longDocuments, Tail = tail };
        return Prop.ForAll(configs.ToArbitrary(), Gen.Choose(0, 5_000).ToArbitrary(), (config, length) =>
        {
            var extra = config.Pieces == "2^k" ? 0 : 1;
            var step = config.Pieces == "2^k+1" ? 1 : 0;
            var expectedStart = 0L;
            foreach (var piece in Cut(config, length))
            {
                Assert.That(piece.Exponent, Is.InRange(config.MinExponent, config.MaxExponent));
                Assert.That(piece.Start + piece.Length + extra, Is.LessThanOrEqualTo(length));
                if (piece.IsAlignedToEnd)
                {
                    Assert.That(piece.Start + piece.Length + extra, Is.EqualTo(length));
                    continue;
                }

                Assert.That(piece.Start, Is.EqualTo(expectedStart));
                expectedStart += piece.Length + step;
            }

            var rest = length - expectedStart;
            Assert.That(rest, Is.LessThan((1 << config.MinExponent) + extra), "what is left over is too short for a piece");
        });
    }

    [Test]
    public void Random_lengths_give_each_bucket_the_same_share_of_a_long_document()
    {
        var config = Released with { LongDocuments = "random" };

        var pieces = Cut(config, 100_000_000);

        var share = pieces.GroupBy(piece => piece.Exponent).ToDictionary(group => group.Key, group => group.Sum(piece => piece.Length) / 1e8);
        Assert.Multiple(() =>
        {
            Assert.That(share.Keys, Is.EquivalentTo(new[] { 8, 9, 10, 11, 12, 13 }));
            Assert.That(share.Values, Is.All.EqualTo(1 / 6.0).Within(0.01));
        });
    }

    [Test]
    public void Random_lengths_hang_on_document_and_seed_alone()
    {
        var config = Released with { LongDocuments = "random" };
        var (one, other) = (DocumentHash.Of("one"), DocumentHash.Of("other"));

        var pieces = Cut(config, 200_000, one, seed: 1);

        Assert.Multiple(() =>
        {
            Assert.That(Cut(config, 200_000, one, seed: 1), Is.EqualTo(pieces));
            Assert.That(Cut(config, 200_000, other, seed: 1), Is.Not.EqualTo(pieces));
            Assert.That(Cut(config, 200_000, one, seed: 2), Is.Not.EqualTo(pieces));
        });
    }

    [Test]
    public void Capped_long_document_lies_almost_wholly_in_the_longest_bucket()
    {
        var pieces = Cut(Released, 1_000_000);

        Assert.That(pieces.Where(piece => piece.Exponent == 13).Sum(piece => piece.Length), Is.GreaterThanOrEqualTo(980_000));
    }

    [Test]
    public void Configuration_reports_every_fault()
    {
        var config = new DecompositionConfig { MinExponent = -1, MaxExponent = 25, Pieces = "3^k", LongDocuments = "drop", Tail = "keep", TokensPerPart = 0 };

        var thrown = Assert.Throws<ConfigurationException>(() => _ = new Decomposer(config, 0));

        Assert.That(thrown.Errors, Has.Count.EqualTo(6));
    }

    [Test]
    public void Configuration_reads_from_yaml()
    {
        var config = ConfigurationFile.Parse<DecompositionConfig>("min_exponent: 8\nmax_exponent: 13\npieces: 2^k+1\nlong_documents: random\ntail: align-end\n", "test");

        Assert.That(config, Is.EqualTo(Released with { LongDocuments = "random", Tail = "align-end" }));
    }

    private static List<Piece> Cut(DecompositionConfig config, long length, DocumentHash document = default, long seed = 0)
    {
        var pieces = new List<Piece>();
        new Decomposer(config, seed).Cut(length, document, pieces);
        return pieces;
    }

    private static string Lengths(List<Piece> pieces)
    {
        return string.Join(' ', pieces.Select(piece => piece.Length));
    }
}
