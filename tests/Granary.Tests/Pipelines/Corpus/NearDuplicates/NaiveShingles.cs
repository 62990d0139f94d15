using System.Globalization;
using System.Text;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

/// <summary>The slow, obvious twin of the signatures: sets of runs of words as text, and their exact overlap.</summary>
internal static class NaiveShingles
{
    internal static HashSet<string> Of(string text, int words)
    {
        var kept = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => string.Concat(word.EnumerateRunes().Where(IsKept).Select(Rune.ToLowerInvariant)))
            .Where(word => word.Length > 0)
            .ToArray();
        return kept.Length < words
            ? [.. kept.Take(1).Select(_ => string.Join(' ', kept) + " .")]
            : [.. Enumerable.Range(0, kept.Length - words + 1).Select(first => string.Join(' ', kept[first..(first + words)]))];
    }

    internal static double Similarity(string one, string other, int words)
    {
        var (first, second) = (Of(one, words), Of(other, words));
        var common = first.Count(second.Contains);
        return common == 0 ? 0 : (double)common / (first.Count + second.Count - common);
    }

    private static bool IsKept(Rune character)
    {
        return Rune.GetUnicodeCategory(character) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation
            or UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }
}
