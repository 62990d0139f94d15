using System.Globalization;
using System.Text.RegularExpressions;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting.Tests;

/// <summary>The slow, obvious twin of the scanners: the pattern itself, run by .NET.</summary>
/// <remarks>
/// .NET's engine sees UTF-16 units and its own Unicode version, so it is given one character per code point, of the same
/// category in Unicode 16. The long s, which the format's engine folds to s, becomes an s where the pattern ignores case.
/// </remarks>
internal sealed class ReferenceSplitter
{
    private const int LongS = 0x17F;

    private static readonly UnicodeCategory[] Categories = CodePoints.ReadCategories();

    private readonly Regex _pattern;
    private readonly char _longS;

    internal ReferenceSplitter(Splitter splitter)
    {
        _pattern = new Regex(splitter.Pattern!, RegexOptions.CultureInvariant);
        _longS = splitter.Pattern!.Contains("(?i:") ? 's' : 'ß';
    }

    internal List<string> Words(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var likeness = string.Concat(runes.Select(rune => Likeness(rune.Value)));
        var words = new List<string>();
        var start = 0;
        foreach (Match match in _pattern.Matches(likeness))
        {
            Add(start, match.Index);
            Add(match.Index, match.Index + match.Length);
            start = match.Index + match.Length;
        }

        Add(start, runes.Length);
        return words;

        void Add(int from, int to)
        {
            if (from < to)
            {
                words.Add(string.Concat(runes[from..to].Select(rune => rune.ToString())));
            }
        }
    }

    private char Likeness(int codePoint)
    {
        if (codePoint < 0x80 || (CodePoints.ClassOf(codePoint) & CodePointClass.Space) != 0)
        {
            return (char)codePoint;
        }

        return codePoint == LongS ? _longS : Categories[codePoint] switch
        {
            UnicodeCategory.UppercaseLetter => 'Ä',
            UnicodeCategory.LowercaseLetter => 'ä',
            UnicodeCategory.TitlecaseLetter => 'ǅ',
            UnicodeCategory.ModifierLetter => 'ʰ',
            UnicodeCategory.OtherLetter => '日',
            UnicodeCategory.NonSpacingMark => '\u0301',
            UnicodeCategory.SpacingCombiningMark => '\u0903',
            UnicodeCategory.EnclosingMark => '\u20DD',
            UnicodeCategory.DecimalDigitNumber => '٣',
            UnicodeCategory.LetterNumber => 'Ⅷ',
            UnicodeCategory.OtherNumber => '½',
            _ => '§',
        };
    }
}
