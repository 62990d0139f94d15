using System.Text;
using System.Text.Json;
using Granary.Core;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class QualityClassifierTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void Texts_it_has_not_seen_are_told_apart()
    {
        using var folder = new TempFolder();
        var texts = LabelledTexts.Make(400, kinds: 2);
        File.WriteAllLines(folder["labels.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { text = Encoding.UTF8.GetString(text.Text.Span), label = text.Source })));

        var (classifier, fit) = QualityClassifier.Train("educational", new QualityClassifierConfig { File = folder["labels.jsonl"] }, Key);

        var further = LabelledTexts.Make(100, kinds: 2, seed: 2);
        Assert.Multiple(() =>
        {
            Assert.That((fit.Name, fit.Texts + fit.HeldOut), Is.EqualTo(("educational", 400)));
            Assert.That(fit.HeldOut, Is.InRange(20, 60));
            Assert.That(fit.AreaUnderCurve, Is.GreaterThan(0.95));
            Assert.That(further.Count(text => classifier.Score(text.Text.Span) > 0.5 == (text.Source == 1)), Is.GreaterThan(90));
        });
    }

    [Test]
    public void Training_again_gives_the_same_scores()
    {
        using var folder = new TempFolder();
        var texts = LabelledTexts.Make(60, kinds: 2);
        File.WriteAllLines(folder["labels.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { body = Encoding.UTF8.GetString(text.Text.Span), stars = 2 + (3 * text.Source) })));
        var config = new QualityClassifierConfig { File = folder["labels.jsonl"], TextField = "body", LabelField = "stars", PositiveFrom = 4 };

        var (one, _) = QualityClassifier.Train("a", config, Key);
        var (other, _) = QualityClassifier.Train("a", config, Key);

        Assert.That(texts.Select(text => other.Score(text.Text.Span)), Is.EqualTo(texts.Select(text => one.Score(text.Text.Span))));
    }

    [TestCase("""{"text": "a", "label": 1}""", "lie on one side", Description = "one kind only")]
    [TestCase("""{"text": "a"}""", "no JSON object with a text", Description = "no label")]
    [TestCase("not json", "no JSON object with a text", Description = "no JSON")]
    public void Labelled_texts_that_cannot_be_used_are_one_sentence(string line, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["labels.jsonl"], line + "\n");

        Assert.That(() => QualityClassifier.Train("a", new QualityClassifierConfig { File = folder["labels.jsonl"] }, Key), Throws.TypeOf<CorpusException>().With.Message.Contains(expected));
    }
}
