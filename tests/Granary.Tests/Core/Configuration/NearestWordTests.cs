namespace Granary.Core.Configuration.Tests;

public sealed class NearestWordTests
{
    private static readonly string[] Words = ["learning_rate", "warmup_steps", "beta1", "beta2"];

    [TestCase("lerning_rate", "learning_rate", Description = "a letter left out")]
    [TestCase("learningRate", "learning_rate", Description = "another convention")]
    [TestCase("warmup_step", "warmup_steps", Description = "one of many")]
    [TestCase("btea2", "beta2", Description = "letters swapped")]
    [TestCase("momentum", null, Description = "nothing is near")]
    [TestCase("", null, Description = "no word")]
    public void The_nearest_word_is_a_slip_away_or_none(string word, string? expected)
    {
        Assert.That(NearestWord.To(word, Words), Is.EqualTo(expected));
    }

    [TestCase("", "abc", 3)]
    [TestCase("kitten", "sitting", 3)]
    [TestCase("ab", "ba", 1, Description = "neighbours swapped")]
    [TestCase("same", "same", 0)]
    public void Distance_counts_the_edits(string a, string b, int expected)
    {
        Assert.That(NearestWord.Distance(a, b), Is.EqualTo(expected));
        Assert.That(NearestWord.Distance(b, a), Is.EqualTo(expected));
    }
}
