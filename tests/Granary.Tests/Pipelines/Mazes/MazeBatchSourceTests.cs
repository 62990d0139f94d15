using Granary.Data.Batching;

namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeBatchSourceTests
{
    private const int Mazes = 50;

    private static readonly MazeTokenSet Set = MazeTokenSet.Generate(MazeKind.Dfs, 4, MazeSplit.Training, seed: 1, count: Mazes);
    private static readonly MazeTokenSet Plans = MazeTokenSet.Generate(MazeKind.AStar, 5, MazeSplit.Training, seed: 1, count: Mazes);

    private static IEnumerable<MazeTokenSet> Sets => [Set, Plans];

    [TestCaseSource(nameof(Sets))]
    public void A_row_is_a_maze_its_path_the_target_and_the_rest_padding(MazeTokenSet set)
    {
        var source = new MazeBatchSource(set, rowsPerStep: 7, totalSteps: 20, seed: 1);

        for (var step = 0; step < 20; step++)
        {
            using var batch = source.Load(step);
            for (var row = 0; row < batch.Rows; row++)
            {
                var ids = set.Row(TaskOf(batch, row)).ToArray();
                var prompt = set.PromptLength(TaskOf(batch, row));
                var expected = Enumerable.Range(0, batch.Length).Select(i => i < ids.Length ? ids[i] : set.Vocabulary.Padding).ToArray();
                Assert.That(Row(batch.Tokens, batch, row), Is.EqualTo(expected));
                Assert.That(Row(batch.Segments, batch, row), Is.EqualTo(expected.Select((_, i) => i < ids.Length ? 1 : 0)));
                Assert.That(Row(batch.Targets, batch, row), Is.EqualTo(expected.Select((_, i) => i + 1 >= prompt && i + 1 < ids.Length ? expected[i + 1] : TokenBatch.IgnoredTarget)));
            }
        }
    }

    [Test]
    public void All_tokens_but_the_first_may_be_targets()
    {
        using var batch = new MazeBatchSource(Set, rowsPerStep: 1, totalSteps: 1, seed: 1, MazeTargets.All).Load(0);

        var ids = Set.Row(TaskOf(batch, 0));
        Assert.That(batch.Targets[..(ids.Length - 1)].ToArray(), Is.EqualTo(ids[1..].ToArray()));
        Assert.That(batch.Targets[(ids.Length - 1)..].ToArray(), Is.All.EqualTo(TokenBatch.IgnoredTarget));
    }

    [Test]
    public void Rows_are_as_long_as_the_longest_of_the_step_rounded_up_to_eight()
    {
        var source = new MazeBatchSource(Set, rowsPerStep: 5, totalSteps: 30, seed: 1);

        for (var step = 0; step < 30; step++)
        {
            using var batch = source.Load(step);
            var longest = Enumerable.Range(0, 5).Max(row => Set.Row(TaskOf(batch, row)).Length);
            Assert.That(batch.Rows, Is.EqualTo(5));
            Assert.That(batch.Length, Is.EqualTo((longest + 7) / 8 * 8));
            Assert.That(batch.Law.HasSegments && batch.Positions.IsEmpty, Is.True);
        }
    }

    [Test]
    public void Every_maze_comes_once_a_pass_and_passes_differ()
    {
        var source = new MazeBatchSource(Set, rowsPerStep: 10, totalSteps: 15, seed: 1);

        var passes = Enumerable.Range(0, 3).Select(pass => Enumerable.Range(0, 5).SelectMany(step => TasksOf(source, (5 * pass) + step)).ToList()).ToList();

        Assert.That(passes.Select(pass => pass.Order()), Is.All.EqualTo(Enumerable.Range(0, Mazes)));
        Assert.That(passes[0], Is.Not.EqualTo(passes[1]));
        Assert.That(passes[1], Is.Not.EqualTo(passes[2]));
    }

    [Test]
    public void A_step_is_the_same_whatever_was_asked_before_and_runs_over_the_end_of_a_pass()
    {
        var (source, other) = (new MazeBatchSource(Set, rowsPerStep: 7, totalSteps: 40, seed: 1), new MazeBatchSource(Set, rowsPerStep: 7, totalSteps: 40, seed: 1));

        var forwards = Enumerable.Range(0, 40).Select(step => TasksOf(source, step)).ToList();
        var backwards = Enumerable.Range(0, 40).Reverse().Select(step => TasksOf(other, step)).Reverse().ToList();

        Assert.That(backwards, Is.EqualTo(forwards));
        Assert.That(forwards.SelectMany(tasks => tasks).Take(Mazes).Order(), Is.EqualTo(Enumerable.Range(0, Mazes)));
    }

    [TestCase(2)]
    [TestCase(3)]
    public void Shares_are_the_rows_of_the_step_one_behind_the_other(int count)
    {
        using var whole = new MazeBatchSource(Set, rowsPerStep: 8, totalSteps: 9, seed: 1).Load(3);

        var shares = Enumerable.Range(0, count).Select(index => new MazeBatchSource(Set, rowsPerStep: 8, totalSteps: 9, seed: 1, MazeTargets.Path, new BatchShare(index, count)).Load(3)).ToList();

        Assert.That(shares.SelectMany(share => share.Tokens.ToArray()), Is.EqualTo(whole.Tokens.ToArray()));
        Assert.That(shares.Select(share => share.Length), Is.All.EqualTo(whole.Length));
    }

    [Test]
    public void A_batch_lives_until_it_is_disposed_and_not_longer()
    {
        var source = new MazeBatchSource(Set, rowsPerStep: 4, totalSteps: 9, seed: 1);

        var first = source.Load(0);
        var tokens = first.Tokens.ToArray();
        using var second = source.Load(1);

        Assert.That(first.Tokens.ToArray(), Is.EqualTo(tokens));
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Slice(0, 1));
    }

    [Test]
    public void Tokens_of_a_step_are_its_targets_on_average()
    {
        var source = new MazeBatchSource(Set, rowsPerStep: 10, totalSteps: 5, seed: 1);

        var targets = 0;
        for (var step = 0; step < 5; step++)
        {
            using var batch = source.Load(step);
            targets += batch.Targets.Length - batch.Targets.Count(TokenBatch.IgnoredTarget);
        }

        Assert.That(source.TokensPerStep, Is.EqualTo(targets / 5.0).Within(0.5));
    }

    [Test]
    public void The_orders_hash_holds_all_that_changes_a_batch()
    {
        var other = MazeTokenSet.Generate(MazeKind.Dfs, 4, MazeSplit.Training, seed: 2, count: Mazes);
        MazeBatchSource[] sources =
        [
            new(Set, 7, 20, seed: 1),
            new(Set, 8, 20, seed: 1),
            new(Set, 7, 20, seed: 2),
            new(Set, 7, 20, seed: 1, MazeTargets.All),
            new(other, 7, 20, seed: 1),
        ];

        Assert.That(sources.Select(source => source.OrderSha256), Is.Unique);
        Assert.That(new MazeBatchSource(Set, 7, totalSteps: 40, seed: 1).OrderSha256, Is.EqualTo(sources[0].OrderSha256));
    }

    [TestCase(-1)]
    [TestCase(20)]
    public void There_is_no_step_outside_of_the_run(long step)
    {
        var source = new MazeBatchSource(Set, rowsPerStep: 7, totalSteps: 20, seed: 1);

        Assert.Throws<ArgumentOutOfRangeException>(() => source.Load(step));
    }

    private static int[] TasksOf(MazeBatchSource source, long step)
    {
        using var batch = source.Load(step);
        return [.. Enumerable.Range(0, batch.Rows).Select(row => TaskOf(batch, row))];
    }

    // A row says which maze it is.
    private static int TaskOf(TokenBatch batch, int row)
    {
        return (int)batch.Provenance[row].Document.Value;
    }

    private static T[] Row<T>(ReadOnlySpan<T> values, TokenBatch batch, int row)
    {
        return values.Slice(row * batch.Length, batch.Length).ToArray();
    }
}
