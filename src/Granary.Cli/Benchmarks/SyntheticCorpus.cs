using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Cli.Benchmarks;

/// <summary>Documents of random ids whose lengths are spread as those of web pages: lognormal, median 270, mean about 590 tokens.</summary>
internal static class SyntheticCorpus
{
    internal const int EndOfText = 0;
    private const double Median = 270;
    private const double Deviation = 1.25; // of the length's logarithm

    /// <summary>The length of a document, its end of text included.</summary>
    internal static int LengthOf(RandomKey key, long document)
    {
        // Box and Muller; 1 - u keeps the logarithm finite.
        var radius = Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(2 * document)));
        var normal = radius * Math.Cos(2 * Math.PI * key.DoubleAt((2 * document) + 1));
        return 1 + (int)Math.Min(1 << 20, Median * Math.Exp(Deviation * normal));
    }

    /// <summary>Documents until they hold so many tokens.</summary>
    internal static IEnumerable<TokenizedDocument> Documents(RandomKey key, long tokens, int vocabulary)
    {
        var left = tokens;
        for (var document = 0L; left > 0; document++)
        {
            var (ids, ofDocument) = (new int[LengthOf(key, document)], key.Fold(document));
            for (var i = 0; i < ids.Length - 1; i++)
            {
                ids[i] = 1 + (int)ofDocument.BelowAt(i, vocabulary - 1);
            }

            ids[^1] = EndOfText;
            left -= ids.Length;
            yield return new TokenizedDocument(new DocumentHash((UInt128)document), 0, ids);
        }
    }
}
