using System.Text;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class QualityHeuristicsTests
{
    [Test]
    public void Scores_of_a_text_that_can_be_counted_by_hand()
    {
        // A hash sign and an ellipsis; four lines: one with a bullet, one that ends in an ellipsis, and one twice.
        const string Text = "- have to go\n#1 of the list...\nA quiet end.\nA quiet end.\n";

        var scores = Scores(Text);

        Assert.Multiple(() =>
        {
            Assert.That(scores["words"], Is.EqualTo(14));
            Assert.That(scores["mean_word_length"], Is.EqualTo((1 + 4 + 2 + 2 + 2 + 2 + 3 + 7 + (2 * (1 + 5 + 4))) / 14.0).Within(1e-5));
            Assert.That(scores["symbols"], Is.EqualTo(2 / 14.0).Within(1e-5));
            Assert.That(scores["bullet_lines"], Is.EqualTo(0.25));
            Assert.That(scores["ellipsis_lines"], Is.EqualTo(0.25));
            Assert.That(scores["alphabetic_words"], Is.EqualTo(12 / 14.0).Within(1e-5));
            Assert.That(scores["stop_words"], Is.EqualTo(4), "have, to, of, the");
            Assert.That(scores["repeated_lines"], Is.EqualTo(12 / 53.0).Within(1e-5));
            Assert.That(scores["sentence_lines"], Is.EqualTo(0.75), "an ellipsis ends in a full stop");
            Assert.That(scores["gopher"], Is.EqualTo(5 / 8.0), "too few words, too many symbols, too much repeated");
        });
    }

    [Test]
    public void Prose_holds_all_of_gophers_rules()
    {
        var prose = string.Join('\n', Enumerable.Range(0, 12).Select(i => $"The keeper of house {i} has to see that the doors are shut and that all lamps be out."));

        Assert.That(Scores(prose)["gopher"], Is.EqualTo(1));
    }

    [TestCase("", Description = "nothing")]
    [TestCase("\n \n\t", Description = "white space")]
    public void Text_that_says_nothing_has_scores_that_are_numbers(string text)
    {
        Assert.That(QualityHeuristics.Score(Encoding.UTF8.GetBytes(text)), Has.All.Matches<float>(float.IsFinite));
    }

    private static Dictionary<string, float> Scores(string text)
    {
        return QualityHeuristics.Names.Zip(QualityHeuristics.Score(Encoding.UTF8.GetBytes(text))).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
