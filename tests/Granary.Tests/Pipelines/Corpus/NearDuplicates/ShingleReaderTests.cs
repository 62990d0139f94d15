using System.Text;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class ShingleReaderTests
{
    [TestCase("The quick, brown fox jumps over", "the QUICK brown  fox\n\njumps ... over!", Description = "case, punctuation and white space")]
    [TestCase("don't stop me now ok", "dont stop me now O.K.", Description = "punctuation within words")]
    [TestCase("ÄÖ ж two three four", "äö Ж two three four", Description = "letters beyond ASCII")]
    [TestCase("a\u00A0b\u3000c d e", "a b c d e", Description = "spaces beyond ASCII")]
    [TestCase("one two", "ONE — two", Description = "fewer words than a run")]
    public void Texts_that_differ_in_form_only_have_the_same_runs(string one, string other)
    {
        Assert.That(Runs(one), Is.EqualTo(Runs(other)));
        Assert.That(Runs(one), Is.Not.Empty);
    }

    [TestCase("a b c d e", "a b c d f", Description = "another word")]
    [TestCase("a b c d e", "b a c d e", Description = "another order")]
    [TestCase("ab c d e f", "a bc d e f", Description = "another border of words")]
    [TestCase("a b", "a b b", Description = "another number of few words")]
    [TestCase("naïve a b c d", "naive a b c d", Description = "a mark")]
    public void Texts_that_differ_in_words_have_other_runs(string one, string other)
    {
        Assert.That(Runs(one).Intersect(Runs(other)), Is.Empty);
    }

    [TestCase("", Description = "nothing")]
    [TestCase(" \n\t ... -- §", Description = "punctuation alone")]
    public void A_text_without_words_has_no_runs(string text)
    {
        Assert.That(Runs(text), Is.Empty);
    }

    [TestCase(1, Description = "words alone")]
    [TestCase(3, Description = "three in a row")]
    [TestCase(5, Description = "five in a row")]
    public void Runs_are_equal_where_those_of_the_naive_reading_are(int words)
    {
        var vocabulary = new[] { "a", "b", "C", "c!", "—", "naïve", "日本", "\u00A0", "9", "b\n" };
        for (var round = 0; round < 200; round++)
        {
            var key = RandomKey.FromSeed(round).Use("runs");
            var text = string.Join(' ', Enumerable.Range(0, (int)key.BelowAt(0, 60)).Select(i => vocabulary[key.BelowAt(1 + i, vocabulary.Length)]));

            Assert.That(Runs(text, words).Distinct().Count(), Is.EqualTo(NaiveShingles.Of(text, words).Count), text);
        }
    }

    [Test]
    public void Any_room_gives_the_same_runs()
    {
        var text = string.Join(' ', Enumerable.Range(0, 100));

        Assert.That(Runs(text, room: 1), Is.EqualTo(Runs(text, room: 1000)));
    }

    private static List<ulong> Runs(string text, int words = 5, int room = 7)
    {
        var runs = new List<ulong>();
        var held = new ulong[room];
        new ShingleReader(words).Read(Encoding.UTF8.GetBytes(text), held, count => runs.AddRange(held.AsSpan(0, count)));
        return runs;
    }
}
