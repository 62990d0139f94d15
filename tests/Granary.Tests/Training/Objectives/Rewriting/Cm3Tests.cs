using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Training.Objectives.Tests;

namespace Granary.Training.Objectives.Rewriting.Tests;

public sealed class Cm3Tests
{
    private static readonly Cm3Config Config = new() { MeanSpans = 2, MaxSpans = 3 };

    [Test]
    public void Two_thousand_rewritten_documents_are_put_together_again()
    {
        var tokenizer = ObjectiveCases.TokenizerFor(Config);
        var rewriter = Config.BuildRewriter(tokenizer);

        for (var number = 0; number < 2_000; number++)
        {
            var text = FimTests.TextOf(number, characters: 14);

            var ids = FimTests.Ids(rewriter.Rewrite(FimTests.RowOf(tokenizer, text), RandomKey.FromSeed(number)), tokenizer);

            Assert.That(tokenizer.Decode([.. Decoded(ids, tokenizer)]), Is.EqualTo(text));
        }
    }

    [Test]
    public void Each_sentinel_of_a_document_stands_twice()
    {
        var tokenizer = ObjectiveCases.TokenizerFor(Config);
        var rewriter = Config.BuildRewriter(tokenizer);

        for (var number = 0; number < 500; number++)
        {
            var ids = FimTests.Ids(rewriter.Rewrite(FimTests.RowOf(tokenizer, "abcdefghijklm"), RandomKey.FromSeed(number)), tokenizer);

            foreach (var sentinel in Sentinels(tokenizer))
            {
                Assert.That(ids.Count(id => id == sentinel), Is.EqualTo(0).Or.EqualTo(2));
            }
        }
    }

    [Test]
    public void Thirty_seven_percent_of_documents_are_left_alone_at_a_mean_of_one()
    {
        var config = Config with { MeanSpans = 1 };
        var tokenizer = ObjectiveCases.TokenizerFor(config);
        var rewriter = config.BuildRewriter(tokenizer);
        var rows = FimTests.RowOf(tokenizer, "abcdefghijklm");
        var first = Sentinels(tokenizer)[0];

        var plain = Enumerable.Range(0, 4_000).Count(seed => !FimTests.Ids(rewriter.Rewrite(rows, RandomKey.FromSeed(seed)), tokenizer).Contains(first));

        // exp(-1), and of one drawn span the chance 1/14 that its ends coincide: 0.3679 + 0.3679/14 + less.
        Assert.That(plain / 4_000.0, Is.EqualTo(0.3679 + (0.3679 / 14)).Within(5 * Math.Sqrt(0.394 * 0.606 / 4_000) + 0.002));
    }

    [Test]
    public void A_mean_of_zero_changes_nothing()
    {
        var config = Config with { MeanSpans = 0 };
        var rows = ObjectiveCases.RowsOf(arePacked: false);

        var written = config.BuildRewriter(ObjectiveCases.TokenizerFor(config)).Rewrite(rows, RandomKey.FromSeed(1));

        Assert.That(written.Tokens.ToArray(), Is.EqualTo(rows.Tokens.ToArray()));
        Assert.That(written.Targets.ToArray(), Is.EqualTo(rows.Targets.ToArray()));
    }

    private static List<int> Sentinels(Tokenizer tokenizer)
    {
        return [.. Enumerable.Range(0, Config.MaxSpans).Select(span => tokenizer.TokenToId($"<|span_{span}|>")!.Value)];
    }

    // Spans stand behind the source, each after its sentinel and before an end mark.
    private static List<int> Decoded(int[] ids, Tokenizer tokenizer)
    {
        var (sentinels, end) = (Sentinels(tokenizer), tokenizer.TokenToId("<|span_end|>")!.Value);
        var text = ids.ToList();
        for (var index = sentinels.Count - 1; index >= 0; index--)
        {
            var at = text.LastIndexOf(sentinels[index]);
            if (at < 0)
            {
                continue;
            }

            var stop = text.IndexOf(end, at);
            var span = text[(at + 1)..stop];
            text.RemoveRange(at, stop - at + 1);
            var hole = text.IndexOf(sentinels[index]);
            text.RemoveAt(hole);
            text.InsertRange(hole, span);
        }

        return text;
    }
}
