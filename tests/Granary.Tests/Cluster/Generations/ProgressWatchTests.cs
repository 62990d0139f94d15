using Granary.Cluster.Grains;
using Granary.Testing;

namespace Granary.Cluster.Generations.Tests;

public sealed class ProgressWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private ManualClock _clock = null!;
    private ProgressWatch _watch = null!;

    [SetUp]
    public void Create()
    {
        _clock = new ManualClock();
        _watch = new ProgressWatch(Patience, Look, _clock);
    }

    [Test]
    public void A_rank_that_stands_still_while_others_move_is_named_with_node_phase_and_step()
    {
        var sentences = Enumerable.Range(0, 10).SelectMany(step => Hear(step, step, 3)).ToList();

        Assert.That(sentences, Has.Count.EqualTo(1), "once until it moves");
        Assert.That(sentences[0], Does.StartWith("Rank 2 on 'node-2' is at 'train, step 3' for "));
    }

    [Test]
    public void It_is_named_again_once_it_has_moved()
    {
        var first = Enumerable.Range(0, 10).SelectMany(step => Hear(step, step, 3)).ToList();
        Hear(10, 10, 4);
        var second = Enumerable.Range(11, 10).SelectMany(step => Hear(step, step, 4)).ToList();

        Assert.That((first.Count, second.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Ranks_that_move_together_are_not_named()
    {
        Assert.That(Enumerable.Range(0, 100).SelectMany(look => Hear(look / 7, look / 7, look / 7)), Is.Empty);
    }

    [Test]
    public void Ranks_of_which_none_moves_hang_after_their_patience_and_not_before()
    {
        var looks = 0;
        for (; !_watch.Hangs && looks < 1_000; looks++)
        {
            Hear(4, 4, 3);
        }

        Assert.That(looks * Look, Is.EqualTo(Patience).Within(2 * Look));
    }

    [Test]
    public void One_that_moves_keeps_all_from_hanging()
    {
        for (var look = 0; look < 100; look++)
        {
            Hear(look, 3, 3);
        }

        Assert.That(_watch.Hangs, Is.False);
    }

    [Test]
    public void While_nobody_answers_nobody_is_known_to_stand_still()
    {
        Hear(1, 1, 1);
        _clock.Advance(Patience * 10);
        Hear(1, 1, 1);

        Assert.That(_watch.Hangs, Is.False);
    }

    private IReadOnlyList<string> Hear(params int[] steps)
    {
        _clock.Advance(Look);
        return _watch.Look([.. steps.Select((step, rank) => new GenerationMember(rank, $"node-{rank}", "10.0.0.1", 1, new RankProgress("train", step).ToString()))]);
    }
}
