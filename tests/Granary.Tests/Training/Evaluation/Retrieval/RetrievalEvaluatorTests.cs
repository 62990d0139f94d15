using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval.Tests;

public sealed class RetrievalEvaluatorTests
{
    private static readonly RetrievalPlan Plan = new() { Lengths = [100, 160], Depths = 3, Items = 40 };

    [Test]
    public void Who_always_answers_right_has_everything_right()
    {
        var results = Evaluate(new FakeScorer(item => new RetrievalScore(IsExact: true, [-1, .. item.Candidates.Skip(1).Select(_ => -2.0)])), Plan);

        // Lengths times depths, for two tasks and for two directions of a third, and four variants of the last.
        Assert.That(results, Has.Count.EqualTo((2 * 3 * 4) + 4));
        Assert.That(results.Select(result => (result.Items, result.Exact, result.Best, result.MeanRank, result.Nats)), Has.All.EqualTo((40, 40, 40, 1.0, 1.0)));
    }

    [Test]
    public void Who_guesses_is_right_as_often_as_chance_has_it()
    {
        var draws = RandomKey.FromSeed(5);
        var drawn = 0;

        var results = Evaluate(new FakeScorer(item => new RetrievalScore(IsExact: false, [.. item.Candidates.Select(_ => draws.DoubleAt(drawn++))])), Plan);

        var (items, best) = (results.Sum(result => result.Items), results.Sum(result => result.Best));
        Assert.That(best, Is.EqualTo(items * 0.1).Within(3 * Math.Sqrt(items * 0.1 * 0.9)));
        Assert.That(results.Average(result => result.MeanRank), Is.EqualTo(5.5).Within(3 * Math.Sqrt(99 / 12.0 / items)));
        Assert.That(results.Sum(result => result.Exact), Is.Zero);
    }

    [Test]
    public void Who_cannot_tell_the_candidates_apart_is_not_right()
    {
        var results = Evaluate(new FakeScorer(item => new RetrievalScore(IsExact: false, [.. item.Candidates.Select(_ => -3.0)])), Plan);

        Assert.That(results.Select(result => result.Best), Has.All.Zero);
    }

    [Test]
    public void Items_are_a_function_of_seed_task_variant_length_depth_and_number_alone()
    {
        var seen = Items(Plan);
        var fewer = Items(Plan with { Tasks = ["context-reversal"], Lengths = [160], Items = 7 });
        var other = Items(Plan with { Seed = 2 });

        Assert.That(Items(Plan), Is.EqualTo(seen), "again");
        Assert.That(fewer, Is.SubsetOf(seen), "whatever else is asked");
        Assert.That(other.Where(text => text.StartsWith("key-value", StringComparison.Ordinal)).Intersect(seen), Is.Empty, "another seed");
        Assert.That(seen.Where(text => !text.StartsWith("reversal", StringComparison.Ordinal)), Is.Unique);
    }

    [Test]
    public void Progress_counts_tokens_up_to_all_of_them()
    {
        var reports = new List<ProgressUpdate>();

        _ = new RetrievalEvaluator(new FakeScorer(_ => new RetrievalScore(true, [0])), RetrievalSample.Tokenizer, RetrievalSample.World, new GeneratedFiller())
            .Evaluate(Plan with { Tasks = ["key-value"] }, new Listener(reports));

        Assert.That(reports.Select(report => report.Done), Is.Ordered);
        Assert.That(reports[^1].Done, Is.EqualTo(reports[^1].Total).And.EqualTo(5 * 2 * 3 * 40), "of two lengths and three depths");
    }

    [Test]
    public void Evaluation_can_be_interrupted()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var evaluator = new RetrievalEvaluator(new FakeScorer(_ => new RetrievalScore(true, [0])), RetrievalSample.Tokenizer, RetrievalSample.World, new GeneratedFiller());

        Assert.That(() => evaluator.Evaluate(Plan, cancellationToken: stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static IReadOnlyList<RetrievalCellResult> Evaluate(IRetrievalScorer scorer, RetrievalPlan plan)
    {
        return new RetrievalEvaluator(scorer, RetrievalSample.Tokenizer, RetrievalSample.World, new GeneratedFiller()).Evaluate(plan);
    }

    private static List<string> Items(RetrievalPlan plan)
    {
        var evaluator = new RetrievalEvaluator(new FakeScorer(_ => throw new InvalidOperationException()), RetrievalSample.Tokenizer, RetrievalSample.World, new GeneratedFiller());
        return [.. plan.Tasks.Select(RetrievalTasks.Of).SelectMany(task => task.Cells(plan).SelectMany(cell => evaluator.Items(task, plan, cell).Select(item =>
            $"{task.Name} {cell} {RetrievalSample.Tokenizer.Decode(item.Prompt)} {string.Join('|', item.Candidates.Select(candidate => RetrievalSample.Tokenizer.Decode(candidate)))}")))];
    }

    private sealed class FakeScorer(Func<RetrievalItem, RetrievalScore> score) : IRetrievalScorer
    {
        public long TokensOf(RetrievalItem item)
        {
            return 5;
        }

        public IReadOnlyList<RetrievalScore> Score(IReadOnlyList<RetrievalItem> items)
        {
            return [.. items.Select(score)];
        }
    }

    private sealed class Listener(List<ProgressUpdate> reports) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value)
        {
            reports.Add(value);
        }
    }
}
