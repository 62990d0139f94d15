using System.Text;
using Granary.Core.Randomness;
using Granary.Data.Tokenization.Tests;

namespace Granary.Data.Tokenization.Splitting.Tests;

public sealed class SplitterFamiliesTests
{
    private const string Tail = " and a tail of plain ASCII that lets blocks of sixty-four bytes decide up to here, too";

    private static IEnumerable<string> Names => SplitterFamilies.Names;

    [TestCaseSource(nameof(Names))]
    public void A_family_is_found_by_its_name_and_by_its_pattern(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;

        Assert.That(splitter.Name, Is.EqualTo(name));
        Assert.That(SplitterFamilies.Find(splitter.Pattern!), Is.SameAs(splitter));
    }

    [TestCaseSource(nameof(Names))]
    public void Random_text_splits_as_the_pattern_itself(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;
        var reference = new ReferenceSplitter(splitter);
        var key = RandomKey.FromSeed(1).Use("splits");
        for (var i = 0; i < 2_000; i++)
        {
            var text = RandomText.Make(key.Fold(i), 60);

            Assert.That(splitter.Words(text), Is.EqualTo(reference.Words(text)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Random_ASCII_splits_in_blocks_as_the_pattern_itself(string name)
    {
        const string Alphabet = "abSTvRELLll''19 \t\n\r./-";
        var splitter = SplitterFamilies.FindByName(name)!;
        var reference = new ReferenceSplitter(splitter);
        for (var i = 0; i < 3_000; i++)
        {
            var key = RandomKey.FromSeed(i).Use("ASCII");
            var text = string.Concat(Enumerable.Range(0, 150).Select(place => Alphabet[(int)key.BelowAt(place, Alphabet.Length)])) + Tail;

            Assert.That(splitter.Words(text), Is.EqualTo(reference.Words(text)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Each_pair_of_the_25_spaces_splits_between_letters_numbers_and_punctuation_as_the_pattern_itself(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;
        var reference = new ReferenceSplitter(splitter);
        var spaces = "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";
        var pairs = spaces.SelectMany(_ => spaces, (first, second) => $"{first}{second}");
        foreach (var text in pairs.Select(pair => $"a{pair}b1{pair}2.{pair}x.{pair}{pair}.{pair}'s{pair}{Tail}{pair}"))
        {
            Assert.That(splitter.Words(text), Is.EqualTo(reference.Words(text)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Each_character_splits_between_letters_numbers_and_punctuation_as_the_pattern_itself(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;
        var reference = new ReferenceSplitter(splitter);

        // Every code point of the two planes that patterns know apart would take a minute; one in 61 meets all kinds.
        for (var value = 1; value < 0x20000; value += value < 0x800 ? 1 : 61)
        {
            if (Rune.TryCreate(value, out var character))
            {
                var text = $"a{character}c 1{character}2 {character} '{character}{character}\n.{character}";

                Assert.That(splitter.Words(text), Is.EqualTo(reference.Words(text)), $"U+{value:X4}");
            }
        }
    }

    // A splitter that looked back or ahead over its text for every word would need days for these.
    [TestCaseSource(nameof(Names))]
    public void Half_a_million_characters_of_one_kind_split_in_one_pass(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;
        var ends = new int[1024];
        foreach (var pattern in (string[])["a", "A", "_", " ", " \n", "\n", "\u3000", "1", "'", "'s", "日", "\u0301", "ʰA", "Aʰ", "/\n", ". ", "ǅ"])
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(pattern, 500_000 / pattern.Length)));
            var last = 0;
            for (var position = 0; position < text.Length;)
            {
                var count = splitter.Split(text, ref position, ends);
                last = ends[count - 1];
            }

            Assert.That(last, Is.EqualTo(text.Length), pattern);
        }
    }

    [TestCase("gpt-2", Description = "word by word")]
    [TestCase("superbpe", Description = "pieces and what lies between them")]
    public void Few_places_for_ends_split_as_many(string name)
    {
        var splitter = SplitterFamilies.FindByName(name)!;
        var text = Encoding.UTF8.GetBytes(RandomText.Make(RandomKey.FromSeed(3), 2_000));
        var all = new int[text.Length + 64];
        var position = 0;
        var count = splitter.Split(text, ref position, all);

        var few = new List<int>();
        var room = new int[64];
        for (position = 0; position < text.Length;)
        {
            few.AddRange(room[..splitter.Split(text, ref position, room)]);
        }

        Assert.That(few, Is.EqualTo(all[..count]));
    }
}
