using System.Text;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Tokenization;
using Granary.Training.Objectives.Tests;

namespace Granary.Training.Objectives.Rewriting.Tests;

public sealed class FimTests
{
    private const int Length = 64;

    [TestCase(0.0, Description = "prefix, suffix, middle")]
    [TestCase(1.0, Description = "suffix, prefix, middle")]
    [TestCase(0.5, Description = "both")]
    public void Two_thousand_rewritten_documents_are_put_together_again(double spmRate)
    {
        var config = new FimConfig { FimRate = 1, SpmRate = spmRate };
        var tokenizer = ObjectiveCases.TokenizerFor(config);
        var rewriter = config.BuildRewriter(tokenizer);

        for (var number = 0; number < 2_000; number++)
        {
            // Short enough that nothing is cut off; two- and three-byte characters among the letters.
            var text = TextOf(number, characters: 18);
            var rows = RowOf(tokenizer, text);

            var written = rewriter.Rewrite(rows, RandomKey.FromSeed(number));

            Assert.That(Decoded(written, tokenizer, config), Is.EqualTo(text));
        }
    }

    [Test]
    public void Cuts_fall_between_characters()
    {
        var config = new FimConfig { FimRate = 1 };
        var tokenizer = ObjectiveCases.TokenizerFor(config);
        var rewriter = config.BuildRewriter(tokenizer);
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        var specials = config.SpecialTokens.Select(token => tokenizer.TokenToId(token)!.Value).ToHashSet();

        for (var number = 0; number < 500; number++)
        {
            var ids = Ids(rewriter.Rewrite(RowOf(tokenizer, TextOf(number, characters: 18)), RandomKey.FromSeed(number)), tokenizer);

            foreach (var part in Parts(ids, specials))
            {
                Assert.DoesNotThrow(() => strict.GetString(tokenizer.DecodeBytes(part)));
            }
        }
    }

    [Test]
    public void As_many_documents_are_cut_as_the_rate_says()
    {
        var config = new FimConfig { FimRate = 0.3 };
        var tokenizer = ObjectiveCases.TokenizerFor(config);
        var rewriter = config.BuildRewriter(tokenizer);
        var rows = RowOf(tokenizer, "abcdefghij");
        var prefix = tokenizer.TokenToId(config.PrefixToken)!.Value;

        var cut = Enumerable.Range(0, 4_000).Count(seed => Ids(rewriter.Rewrite(rows, RandomKey.FromSeed(seed)), tokenizer).Contains(prefix));

        Assert.That(cut, Is.EqualTo(1_200).Within(5 * Math.Sqrt(4_000 * 0.3 * 0.7)));
    }

    [Test]
    public void A_rate_of_zero_changes_nothing()
    {
        var config = new FimConfig { FimRate = 0 };
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var written = config.BuildRewriter(ObjectiveCases.TokenizerFor(config)).Rewrite(rows, RandomKey.FromSeed(1));

        Assert.That(written.Tokens.ToArray(), Is.EqualTo(rows.Tokens.ToArray()));
        Assert.That(written.Targets.ToArray(), Is.EqualTo(rows.Targets.ToArray()));
    }

    [Test]
    public void A_document_keeps_to_its_segment()
    {
        var config = new FimConfig { FimRate = 1 };
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var written = config.BuildRewriter(ObjectiveCases.TokenizerFor(config)).Rewrite(rows, RandomKey.FromSeed(1));

        // Each segment holds letters of its own document only, and its last position has no target.
        for (var row = 0; row < rows.Rows; row++)
        {
            var own = rows.Tokens.Slice(row * rows.Length, 10).ToArray();
            var kept = written.Tokens.Slice(row * rows.Length, 10).ToArray().Where(id => id < 256);
            Assert.That(kept.Except(own), Is.Empty);
            Assert.That(written.Targets.Span[(row * rows.Length) + 9], Is.EqualTo(TokenBatch.IgnoredTarget));
            Assert.That(written.Tokens.Slice((row * rows.Length) + 19, 5).ToArray(), Is.EqualTo(rows.Tokens.Slice((row * rows.Length) + 19, 5).ToArray()));
        }
    }

    internal static BatchSlice RowOf(Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.Encode(text).Select(id => (long)id).ToList();
        ids.Add(tokenizer.EndOfTextId!.Value);

        // What is left of the row is one more document of a single letter that is repeated.
        while (ids.Count < Length + 1)
        {
            ids.Add('~');
        }

        return new BatchSlice(1, Length, ids.Take(Length).ToArray(), ids.Skip(1).ToArray(), default);
    }

    internal static string TextOf(int number, int characters)
    {
        var key = RandomKey.FromSeed(number).Use("text");
        return string.Concat(Enumerable.Range(0, characters).Select(place => "abcdefgh ijké漢"[(int)key.BelowAt(place, 14)]));
    }

    /// <summary>The ids of the first document.</summary>
    internal static int[] Ids(BatchSlice rows, Tokenizer tokenizer)
    {
        return [.. rows.Tokens.ToArray().Select(id => (int)id).TakeWhile(id => id != tokenizer.EndOfTextId)];
    }

    private static IEnumerable<int[]> Parts(int[] ids, HashSet<int> specials)
    {
        var part = new List<int>();
        foreach (var id in ids)
        {
            if (specials.Contains(id))
            {
                yield return [.. part];
                part.Clear();
            }
            else
            {
                part.Add(id);
            }
        }

        yield return [.. part];
    }

    private static string Decoded(BatchSlice written, Tokenizer tokenizer, FimConfig config)
    {
        var ids = Ids(written, tokenizer);
        var (suffixAt, middleAt) = (Array.IndexOf(ids, tokenizer.TokenToId(config.SuffixToken)!.Value), Array.IndexOf(ids, tokenizer.TokenToId(config.MiddleToken)!.Value));
        var isSuffixFirst = suffixAt == 1 && config.SpmRate > 0;
        var (between, behind) = (ids[(suffixAt + 1)..middleAt], ids[(middleAt + 1)..]);

        // Suffix first: [prefix] [suffix] s [middle] p m; else [prefix] p [suffix] s [middle] m. With p empty both are one.
        int[] joined = isSuffixFirst ? [.. behind, .. between] : [.. ids[1..suffixAt], .. behind, .. between];
        return tokenizer.Decode(joined);
    }
}
