using Granary.Core.Randomness;

namespace Granary.Models.Generation.Tests;

public sealed class StopTextFilterTests
{
    [TestCase(new[] { "one ", "END", " two" }, new[] { "END" }, "one ", true, Description = "in one piece")]
    [TestCase(new[] { "a E", "N", "D b" }, new[] { "END" }, "a ", true, Description = "across pieces")]
    [TestCase(new[] { "a EN", "E" }, new[] { "END" }, "a ENE", false, Description = "only its beginning")]
    [TestCase(new[] { "a EN" }, new[] { "END" }, "a EN", false, Description = "its beginning at the end of the text")]
    [TestCase(new[] { "aab" }, new[] { "ab" }, "a", true, Description = "a beginning within a beginning")]
    [TestCase(new[] { "xyz" }, new[] { "z", "yz" }, "x", true, Description = "the one that begins first")]
    [TestCase(new[] { "abc" }, new string[0], "abc", false, Description = "none")]
    public void A_text_ends_before_its_first_stop_text(string[] pieces, string[] stops, string expected, bool isStopped)
    {
        var filter = new StopTextFilter(stops);

        Assert.That(Shown(filter, pieces), Is.EqualTo(expected));
        Assert.That(filter.IsStopped, Is.EqualTo(isStopped));
    }

    [Test]
    public void Nothing_of_a_stop_text_is_shown_before_it_is_clear()
    {
        var filter = new StopTextFilter(["<end>"]);

        Assert.That(filter.Add("text<e"), Is.EqualTo("text"));
        Assert.That(filter.Add("nd"), Is.Empty);
        Assert.That(filter.Add("ing"), Is.EqualTo("<ending"));
    }

    [Test]
    public void However_a_text_is_cut_the_same_is_shown()
    {
        var key = RandomKey.FromSeed(3);
        for (var round = 0L; round < 500; round++)
        {
            var draws = key.Fold(round);
            var text = string.Concat(Enumerable.Range(0, 20).Select(place => (char)('a' + draws.BelowAt(place, 2))));
            var cut = Enumerable.Range(0, 20).Where(place => draws.BelowAt(100 + place, 3) == 0).Append(20).Distinct().Order().ToList();
            var pieces = cut.Zip(cut.Prepend(0), (end, begin) => text[begin..end]).ToArray();
            string[] stops = ["abba", "aaaa"];
            var first = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(20).Min();

            Assert.That(Shown(new StopTextFilter(stops), pieces), Is.EqualTo(text[..first]), text);
        }
    }

    [Test]
    public void An_empty_stop_text_is_refused()
    {
        Assert.That(() => new StopTextFilter([""]), Throws.ArgumentException);
    }

    private static string Shown(StopTextFilter filter, IEnumerable<string> pieces)
    {
        var shown = string.Empty;
        foreach (var piece in pieces)
        {
            shown += filter.Add(piece);
            if (filter.IsStopped)
            {
                return shown;
            }
        }

        return shown + filter.Finish();
    }
}
