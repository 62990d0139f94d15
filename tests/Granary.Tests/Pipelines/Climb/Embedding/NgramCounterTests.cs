using System.Text;

namespace Granary.Pipelines.Climb.Embedding.Tests;

public sealed class NgramCounterTests
{
    [Test]
    public void Words_pairs_and_characters_are_counted_each()
    {
        var config = new HashedNgramsConfig { Features = 1 << 22, WordNgrams = 2, CharacterNgrams = 4 };

        var row = new NgramCounter(config).Count("One two, one TWO"u8);

        // one x2, two x2, ','; one-two x2, two-',', ','-one; |one x2, one| x2, |two x2, two| x2.
        Assert.That(row.Values.Order(), Is.EqualTo(new float[] { 1, 1, 1, 2, 2, 2, 2, 2, 2, 2 }));
        Assert.That(row.Columns, Is.Ordered.And.Unique);
    }

    [Test]
    public void Counter_forgets_the_text_before()
    {
        var counter = new NgramCounter(new HashedNgramsConfig());
        var first = counter.Count("some text"u8);

        counter.Count("quite another one, much longer"u8);
        var again = counter.Count("some text"u8);

        Assert.Multiple(() =>
        {
            Assert.That(again.Columns, Is.EqualTo(first.Columns));
            Assert.That(again.Values, Is.EqualTo(first.Values));
        });
    }

    [TestCase("", Description = "nothing")]
    [TestCase(" \t\n\0", Description = "white space and controls")]
    public void Text_that_says_nothing_has_no_features(string text)
    {
        Assert.That(new NgramCounter(new HashedNgramsConfig()).Count(Encoding.UTF8.GetBytes(text)).Columns, Is.Empty);
    }
}
