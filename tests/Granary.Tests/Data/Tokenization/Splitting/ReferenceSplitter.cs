using System.Text;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting.Tests;

/// <summary>The slow, obvious twin of the scanners: tries a pattern's alternatives one by one over code points.</summary>
internal sealed class ReferenceSplitter
{
    private readonly Func<Cursor, int>[] _alternatives;

    private ReferenceSplitter(params Func<Cursor, int>[] alternatives)
    {
        _alternatives = alternatives;
    }

    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</summary>
    internal static ReferenceSplitter Gpt2 { get; } = new(
        text => text.Any("'s", "'t", "'re", "'ve", "'m", "'ll", "'d"),
        text => text.RunAfterSpace(CodePointClass.Letter),
        text => text.RunAfterSpace(CodePointClass.Number),
        text => text.RunAfterSpace(CodePointClass.Other),
        text => text.SpacesNotBeforeText(),
        text => text.Run(0, CodePointClass.Space));

    internal List<string> Words(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var words = new List<string>();
        for (var start = 0; start < runes.Length;)
        {
            var cursor = new Cursor(runes[start..]);
            var length = _alternatives.Select(alternative => alternative(cursor)).First(matched => matched > 0);
            words.Add(string.Concat(runes[start..(start + length)].Select(rune => rune.ToString())));
            start += length;
        }

        return words;
    }

    /// <summary>The text from a word's start on; each method returns how many code points match, 0 for none.</summary>
    private sealed class Cursor(Rune[] text)
    {
        internal int Any(params string[] literals)
        {
            return literals.FirstOrDefault(literal => string.Concat(text.Take(literal.Length)) == literal)?.Length ?? 0;
        }

        internal int RunAfterSpace(CodePointClass kind)
        {
            var space = text[0].Value == ' ' ? 1 : 0;
            return Run(space, kind);
        }

        internal int Run(int from, CodePointClass kind)
        {
            var length = text.Skip(from).TakeWhile(rune => KindOf(rune) == kind).Count();
            return length > 0 ? from + length : 0;
        }

        internal int SpacesNotBeforeText()
        {
            var length = Run(0, CodePointClass.Space);
            return length == text.Length ? length : Math.Max(0, length - 1);
        }

        private static CodePointClass KindOf(Rune rune)
        {
            return CodePoints.ClassOf(rune.Value) & (CodePointClass.Letter | CodePointClass.Number | CodePointClass.Space);
        }
    }
}
