using Granary.Core.Randomness;

namespace Granary.Pipelines.Decomposition.Tests;

public sealed class DecompositionLedgerTests
{
    private static readonly DecompositionConfig Released = new() { MinExponent = 8, MaxExponent = 13, Pieces = "2^k+1" };

    [Test]
    public void Counts_equal_a_walk_over_every_token(
        [Values("2^k", "2^k+1", "overlap-1")] string form,
        [Values("cap", "random")] string longDocuments,
        [Values("drop", "align-end")] string tail,
        [Values(0, 3)] int minExponent)
    {
        var config = new DecompositionConfig { MinExponent = minExponent, MaxExponent = 6, Pieces = form, LongDocuments = longDocuments, Tail = tail };
        var lengths = Enumerable.Range(0, 400).Select(length => (long)length).ToList();

        var ledger = DecompositionLedger.Count(lengths, config, seed: 7);

        var expected = Walk(lengths, config, seed: 7);
        Assert.Multiple(() =>
        {
            Assert.That(ledger.Documents, Is.EqualTo(lengths.Count));
            Assert.That(ledger.TokensRead, Is.EqualTo(lengths.Sum()));
            Assert.That(ledger.TokensKept, Is.EqualTo(expected.Kept));
            Assert.That(ledger.TokensOverlapping, Is.EqualTo(expected.Stored - expected.Kept));
            Assert.That(ledger.TokensDroppedTooShort + ledger.TokensDroppedTail, Is.EqualTo(expected.Dropped));
            Assert.That(ledger.Targets, Is.EqualTo(expected.Targets));
            Assert.That(ledger.EndOfTextKept, Is.EqualTo(expected.EndOfTextKept));
            Assert.That(ledger.Closes(), Is.True);
        });
    }

    [Test]
    public void Released_form_conserves_every_token_of_the_stand_in_corpus()
    {
        var lengths = StandInLengths(20_000).ToList();

        var ledger = DecompositionLedger.Count(lengths, Released);

        var stored = ledger.Buckets.Sum(bucket => bucket.CountTokens() + bucket.Pieces);
        Assert.Multiple(() =>
        {
            Assert.That(stored + ledger.TokensDroppedTooShort + ledger.TokensDroppedTail, Is.EqualTo(lengths.Sum()));
            Assert.That(ledger.TokensDroppedTail, Is.LessThanOrEqualTo(256L * lengths.Count));
        });
    }

    [Test]
    public void Shortest_piece_of_256_keeps_four_fifths_of_the_stand_in_corpus()
    {
        var ledger = DecompositionLedger.Count(StandInLengths(200_000), Released);

        Assert.Multiple(() =>
        {
            Assert.That((double)ledger.TokensKept / ledger.TokensRead, Is.EqualTo(0.80).Within(0.01));
            Assert.That((double)ledger.EndOfTextKept / ledger.Documents, Is.EqualTo(0.0025).Within(0.001));
        });
    }

    [Test]
    public void Aligned_tails_keep_every_end_of_text_of_documents_that_give_a_piece()
    {
        var ledger = DecompositionLedger.Count(StandInLengths(5_000), Released with { Tail = "align-end" });

        Assert.Multiple(() =>
        {
            Assert.That(ledger.TokensDroppedTail, Is.Zero);
            Assert.That(ledger.EndOfTextKept, Is.EqualTo(ledger.Documents - ledger.DocumentsWithoutPieces));
        });
    }

    [Test]
    public void Pure_form_down_to_single_tokens_drops_nothing()
    {
        var ledger = DecompositionLedger.Count(StandInLengths(5_000), new DecompositionConfig { MinExponent = 0, MaxExponent = 13 });

        Assert.Multiple(() =>
        {
            Assert.That(ledger.TokensKept, Is.EqualTo(ledger.TokensRead));
            Assert.That(ledger.TokensOverlapping, Is.Zero);
            Assert.That(ledger.Targets, Is.EqualTo(ledger.TokensRead - ledger.Documents), "every id but the first of each document");
        });
    }

    [Test]
    public void Sum_of_two_ledgers_is_the_ledger_of_both_inputs()
    {
        var (one, other) = (StandInLengths(300).ToList(), StandInLengths(500).Skip(300).ToList());

        var sum = DecompositionLedger.Count(one, Released) + DecompositionLedger.Count(other, Released);

        var both = DecompositionLedger.Count(one.Concat(other), Released);
        Assert.Multiple(() =>
        {
            Assert.That(sum.Buckets, Is.EqualTo(both.Buckets));
            Assert.That(sum with { Buckets = both.Buckets }, Is.EqualTo(both));
        });
    }

    /// <summary>Lognormal lengths with the mean, and so the losses, of a web corpus: ln l ~ N(ln 270, 1.25).</summary>
    internal static IEnumerable<long> StandInLengths(int count)
    {
        var key = RandomKey.FromSeed(42).Use("stand-in lengths");
        for (var i = 0; i < count; i++)
        {
            // Box-Muller; 1 - u keeps the logarithm away from 0.
            var normal = Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(2 * i))) * Math.Cos(2 * Math.PI * key.DoubleAt((2 * i) + 1));
            yield return Math.Max(1, (long)Math.Round(Math.Exp(Math.Log(270) + (1.25 * normal))));
        }
    }

    private static (long Kept, long Stored, long Dropped, long Targets, long EndOfTextKept) Walk(List<long> lengths, DecompositionConfig config, long seed)
    {
        var decomposer = new Decomposer(config, seed);
        var extra = config.Pieces == "2^k" ? 0 : 1;
        var (kept, stored, dropped, targets, ends) = (0L, 0L, 0L, 0L, 0L);
        var pieces = new List<Piece>();
        for (var document = 0; document < lengths.Count; document++)
        {
            var length = lengths[document];
            decomposer.Cut(length, new Data.Shards.DocumentHash((UInt128)document), pieces);
            var (holders, isTarget) = (new int[length], new bool[length + 1]);
            foreach (var piece in pieces)
            {
                for (var i = piece.Start; i < piece.Start + piece.Length + extra; i++)
                {
                    holders[i]++;
                }

                for (var i = piece.Start + 1; i <= piece.Start + piece.Length; i++)
                {
                    isTarget[i] = true;
                    targets += i < length ? 1 : 0;
                }
            }

            kept += holders.Count(count => count > 0);
            dropped += holders.Count(count => count == 0);
            stored += holders.Sum();
            ends += length > 0 && isTarget[length - 1] ? 1 : 0;
        }

        return (kept, stored, dropped, targets, ends);
    }
}
