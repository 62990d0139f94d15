using Granary.Core.Randomness;

namespace Granary.Training.Evaluation.Retrieval.Tests;

public sealed class RetrievalTasksTests
{
    private static IReadOnlyList<string> Names => RetrievalTasks.Names;

    [TestCaseSource(nameof(Names))]
    public void Candidates_are_all_different_and_the_first_is_the_answer(string name)
    {
        foreach (var question in Questions(name))
        {
            Assert.That(question.Candidates, Has.Count.EqualTo(10).And.Unique);
            Assert.That(question.Candidates[0], Is.EqualTo(question.Asked.Answer));
            Assert.That(question.Needle is null || question.Needle.Text.Contains(question.Asked.Answer.Trim(), StringComparison.OrdinalIgnoreCase));
        }
    }

    [Test]
    public void The_values_of_the_other_keys_are_candidates()
    {
        foreach (var question in Questions("multi-key"))
        {
            Assert.That(question.Others, Has.Count.EqualTo(7));
            Assert.That(question.Others.Select(other => other.Answer), Is.SubsetOf(question.Candidates));
        }
    }

    [Test]
    public void Facts_are_asked_each_once_before_any_is_asked_again()
    {
        var plan = new RetrievalPlan();
        var task = RetrievalTasks.Of("reversal");
        var cell = task.Cells(plan).First();

        var asked = Enumerable.Range(0, 64).Select(number => task.Ask(RetrievalSample.World, plan, cell, RandomKey.FromSeed(number), number).Asked).ToList();
        var (once, again) = (asked[..32], asked[32..]);

        Assert.That(once, Is.Unique);
        Assert.That(again, Is.EqualTo(once));
    }

    [TestCase(1, new[] { 0.5 })]
    [TestCase(2, new[] { 0.0, 1.0 })]
    [TestCase(5, new[] { 0.0, 0.25, 0.5, 0.75, 1.0 })]
    public void Depths_go_evenly_from_the_beginning_to_the_end(int depths, double[] expected)
    {
        var cells = RetrievalTasks.Of("key-value").Cells(new RetrievalPlan { Depths = depths, Lengths = [64] });

        Assert.That(cells.Select(cell => cell.Depth), Is.EqualTo(expected));
    }

    [Test]
    public void An_unknown_task_is_refused_with_the_known_ones()
    {
        Assert.That(() => RetrievalTasks.Of("needle"), Throws.ArgumentException.With.Message.Contains("'key-value', 'multi-key', 'context-reversal', 'reversal'"));
    }

    private static IEnumerable<RetrievalQuestion> Questions(string name)
    {
        var plan = new RetrievalPlan { Lengths = [128], Depths = 2 };
        var task = RetrievalTasks.Of(name);
        return task.Cells(plan).SelectMany(cell => Enumerable.Range(0, 50).Select(number => task.Ask(RetrievalSample.World, plan, cell, RandomKey.FromSeed(number), number)));
    }
}
