using System.Text;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Simple measures of a text's quality, each from a published filter.</summary>
/// <remarks>
/// From Gopher's rules (Rae et al., arXiv 2112.11446, appendix A.1), with the bounds they give there: <c>words</c> (50 to 100,000),
/// <c>mean_word_length</c> (3 to 10), <c>symbols</c>, hash signs and ellipses a word (at most 0.1), <c>bullet_lines</c>, the share
/// that begins with a bullet (at most 0.9), <c>ellipsis_lines</c>, the share that ends in an ellipsis (at most 0.3),
/// <c>alphabetic_words</c>, the share that has a letter (at least 0.8), <c>stop_words</c>, how many of "the be to of and that have with"
/// occur (at least 2), <c>repeated_lines</c>, the share of characters in lines that stood before (at most 0.2). <c>gopher</c> is
/// the share of these eight that hold. From C4 (Raffel et al., arXiv 1910.10683): <c>sentence_lines</c>, the share of lines that end
/// as a sentence does.
/// </remarks>
internal static class QualityHeuristics
{
    private static readonly string[] StopWords = ["the", "be", "to", "of", "and", "that", "have", "with"];

    /// <summary>The scores' names, in the order of <see cref="Score"/>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["words", "mean_word_length", "symbols", "bullet_lines", "ellipsis_lines", "alphabetic_words", "stop_words", "repeated_lines", "gopher", "sentence_lines"];

    /// <summary>All scores of a text.</summary>
    public static float[] Score(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        var symbols = text.Count(letter => letter is '#' or '…') + CountOf(text, "...");
        var (wordLength, symbolsAWord) = (words.Length == 0 ? 0 : words.Average(word => word.Length), Share(symbols, words.Length));
        var bullets = Share(lines.Count(line => line[0] is '•' or '-' or '*' or '‣' or '◦'), lines.Length);
        var ellipses = Share(lines.Count(line => line.EndsWith('…') || line.EndsWith("...", StringComparison.Ordinal)), lines.Length);
        var alphabetic = Share(words.Count(word => word.Any(char.IsLetter)), words.Length);
        var stops = StopWords.Count(stop => words.Any(word => word.Equals(stop, StringComparison.OrdinalIgnoreCase)));
        var repeated = RepeatedShare(lines);
        bool[] rules =
        [
            words.Length is >= 50 and <= 100_000, wordLength is >= 3 and <= 10, symbolsAWord <= 0.1, bullets <= 0.9,
            ellipses <= 0.3, alphabetic >= 0.8, stops >= 2, repeated <= 0.2,
        ];
        var sentences = Share(lines.Count(line => line[^1] is '.' or '!' or '?' or '"' or '”'), lines.Length);
        return
        [
            words.Length, (float)wordLength, (float)symbolsAWord, (float)bullets, (float)ellipses, (float)alphabetic, stops, (float)repeated,
            (float)Share(rules.Count(holds => holds), rules.Length), (float)sentences,
        ];
    }

    private static double RepeatedShare(string[] lines)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Share(lines.Where(line => !seen.Add(line)).Sum(line => line.Length), lines.Sum(line => line.Length));
    }

    private static int CountOf(string text, string part)
    {
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static double Share(int part, int all)
    {
        return all == 0 ? 0 : (double)part / all;
    }
}
