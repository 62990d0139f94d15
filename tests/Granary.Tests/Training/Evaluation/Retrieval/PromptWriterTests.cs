using System.Text;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Retrieval;
using Granary.Data.Tokenization;

namespace Granary.Training.Evaluation.Retrieval.Tests;

public sealed class PromptWriterTests
{
    private const int LongestSentence = 140; // tokens of the longest filler sentence or pair, in bytes

    private static readonly string[] Contextual = ["key-value", "multi-key", "context-reversal"];
    private static readonly RandomKey Key = RandomKey.FromSeed(8);

    [TestCaseSource(nameof(Contextual))]
    public void The_needle_stands_at_the_depth_asked_for_give_or_take_half_a_sentence(string task)
    {
        foreach (var (question, item, cell) in Items(task, RetrievalSample.Bytes, [1_000, 2_000]))
        {
            var span = item.ContextLength - (item.NeedleEnd - item.NeedleStart);

            Assert.That(item.NeedleStart, Is.EqualTo(cell.Depth!.Value * span).Within((LongestSentence / 2) + 1), $"{task} {cell}");
            Assert.That(cell.Depth > 0 || item.NeedleStart == 0, "depth 0 is the very beginning");
            Assert.That(cell.Depth < 1 || item.NeedleEnd == item.ContextLength, "depth 1 is the very end of the context");
            Assert.That(RetrievalSample.Bytes.Decode(item.Prompt.AsSpan(item.NeedleStart..item.NeedleEnd)).Trim(), Is.EqualTo(question.Needle!.Text));
        }
    }

    [TestCaseSource(nameof(Contextual))]
    public void With_a_trained_tokenizer_the_needle_is_where_the_item_says(string task)
    {
        foreach (var (question, item, cell) in Items(task, RetrievalSample.Tokenizer, [128, 300]))
        {
            var text = RetrievalSample.Tokenizer.Decode(item.Prompt);

            Assert.That(RetrievalSample.Tokenizer.Decode(item.Prompt.AsSpan(item.NeedleStart..item.NeedleEnd)).Trim(), Is.EqualTo(question.Needle!.Text));
            Assert.That(text, Does.EndWith(question.Asked.Asked));
            Assert.That(item.Candidates.Select(candidate => RetrievalSample.Tokenizer.Decode(candidate)), Is.EqualTo(question.Candidates));
        }
    }

    [TestCaseSource(nameof(Contextual))]
    public void An_item_fills_its_length_up_to_a_sentence_and_never_passes_it(string task)
    {
        foreach (var (_, item, cell) in Items(task, RetrievalSample.Tokenizer, [100, 128, 300]))
        {
            var length = item.Prompt.Length + item.Candidates.Max(candidate => candidate.Length);

            Assert.That(length, Is.InRange(cell.Length - 50, cell.Length), $"{task} {cell}");
        }
    }

    [Test]
    public void The_other_keys_stand_in_the_context_as_far_as_half_of_it_holds_them()
    {
        var (_, roomy, _) = Items("multi-key", RetrievalSample.Tokenizer, [600]).First();
        var (_, tight, _) = Items("multi-key", RetrievalSample.Tokenizer, [96]).First();

        Assert.That(Keys(roomy), Is.EqualTo(8 + 1), "all, and the question");
        Assert.That(Keys(tight), Is.InRange(3, 7));
    }

    [Test]
    public void Facts_by_heart_are_asked_as_they_are_told()
    {
        var plan = new RetrievalPlan();
        var task = RetrievalTasks.Of("reversal");
        var cell = task.Cells(plan).Single(cell => cell.Variant == "backward, told forward only");

        var item = Write(RetrievalSample.Tokenizer, task.Ask(RetrievalSample.World, plan, cell, Key, 3), cell);

        var sentences = RetrievalSample.Tokenizer.Decode(item.Prompt).Split(". ");
        Assert.That(sentences, Has.Length.EqualTo(4));
        Assert.That(sentences[3] + RetrievalSample.Tokenizer.Decode(item.Candidates[0]), Is.EqualTo(RetrievalSample.World.FactAt(6).Backward.Text.TrimEnd('.')));
        Assert.That(sentences[..3], Has.None.Contains(RetrievalSample.World.FactAt(6).Name));
    }

    [Test]
    public void A_length_that_holds_no_question_is_refused_with_the_least_that_does()
    {
        Assert.That(
            () => Items("key-value", RetrievalSample.Bytes, [24]).ToList(),
            Throws.InstanceOf<ConfigurationException>().With.Message.Contains("'--lengths' holds '24' but an item of task 'key-value' has at least "));
    }

    private static IEnumerable<(RetrievalQuestion Question, RetrievalItem Item, RetrievalCell Cell)> Items(string name, Tokenizer tokenizer, int[] lengths)
    {
        var plan = new RetrievalPlan { Lengths = lengths };
        var task = RetrievalTasks.Of(name);
        foreach (var cell in task.Cells(plan))
        {
            for (var number = 0; number < 3; number++)
            {
                var question = task.Ask(RetrievalSample.World, plan, cell, Key.Fold(number), number);
                yield return (question, Write(tokenizer, question, cell), cell);
            }
        }
    }

    private static RetrievalItem Write(Tokenizer tokenizer, RetrievalQuestion question, RetrievalCell cell)
    {
        return new PromptWriter(tokenizer, new GeneratedFiller()).Write(question, cell, Key);
    }

    private static int Keys(RetrievalItem item)
    {
        return Encoding.UTF8.GetString(RetrievalSample.Tokenizer.DecodeBytes(item.Prompt)).Split("Code ").Length - 1;
    }
}
