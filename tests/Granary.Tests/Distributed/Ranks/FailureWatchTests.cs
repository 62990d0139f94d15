using Granary.Testing;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks.Tests;

public sealed class FailureWatchTests
{
    private static readonly FailureWatchOptions Options = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(4));
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly List<FailureWatch> _watches = [];
    private TcpStore _store;

    [SetUp]
    public void Open()
    {
        _store = TcpStore.Host("127.0.0.1", 0, TimeSpan.FromSeconds(30));
        _watches.Clear();
    }

    [TearDown]
    public void Close()
    {
        // Rank 0 last: it waits for the others.
        _watches.Reverse();
        _watches.ForEach(watch => watch.Dispose());
        _store.Dispose();
    }

    [Test]
    public void Ranks_that_beat_are_alive_however_long_it_takes()
    {
        Watch(3);

        Rounds([0, 1, 2], 100);

        Assert.That(_watches.Select(watch => watch.Failure), Has.All.Null);
    }

    [TestCase(0, Description = "the host of the store, whose process still runs")]
    [TestCase(1)]
    [TestCase(3)]
    public void A_rank_that_falls_silent_is_named_by_all_others(int silent)
    {
        Watch(4);
        int[] alive = [.. Enumerable.Range(0, 4).Where(rank => rank != silent)];
        Rounds([0, 1, 2, 3], 5);

        Rounds(alive, 29);
        var early = alive.Select(rank => _watches[rank].Failure).ToList();
        Rounds(alive, 3);

        Assert.That(early, Has.All.Null, "patience was not over");
        Assert.That(alive.Select(rank => _watches[rank].Failure!.FailedRank), Has.All.EqualTo(silent));
        Assert.That(alive.Select(rank => _watches[rank].Failure!.Message).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Of_ranks_that_fail_because_of_another_all_name_that_other()
    {
        Watch(3);

        _watches[2].Report(new InvalidOperationException("The disk is full."));
        _watches[1].Report(new DistributedException("Rank 1 waited for rank 2 in vain.", 2));
        Rounds([0], 1);

        Assert.That(_watches.Select(watch => watch.Failure!.Message), Has.All.EqualTo("Rank 2 has failed: The disk is full."));
    }

    [Test]
    public void A_rank_that_has_left_is_not_gone()
    {
        Watch(3);
        Rounds([0, 1, 2], 2);

        Remove(1);
        _watches.ForEach(watch => watch.Round());
        _clock.Advance(100 * Second);
        _watches.ForEach(watch => watch.Round());

        Assert.That(_watches.Select(watch => watch.Failure), Has.All.Null);
    }

    [Test]
    public void Without_its_store_a_rank_names_the_host()
    {
        Watch(2);
        Rounds([0, 1], 2);

        _store.Dispose();
        _watches[1].Round();

        Assert.That(_watches[1].Failure!.FailedRank, Is.Zero);
        Assert.That(_watches[1].Failure!.Message, Does.StartWith($"Rank 0 is gone: the store that it hosts at '127.0.0.1:{_store.port}' is closed"));
    }

    [Test]
    public void A_failure_is_told_once_to_whoever_asked_for_it()
    {
        Watch(2);
        var told = new List<int?>();
        _watches[0].WhenFailed(failure => told.Add(failure.FailedRank));

        _watches[1].Report(new InvalidOperationException("No."));
        Rounds([0, 1], 3);
        _watches[1].WhenFailed(failure => told.Add(failure.FailedRank));

        Assert.That(told, Is.EqualTo(new int?[] { 1, 1 }));
    }

    [Test]
    public void A_suspect_that_beats_is_cleared()
    {
        using var watch = FailureWatch.Start(_store, 0, 2, Options, TimeProvider.System);
        using var other = FailureWatch.Start(_store, 1, 2, Options, TimeProvider.System);

        Assert.That(watch.FirstFailure(1), Is.Null);
    }

    [Test]
    public void A_suspect_that_does_not_beat_is_gone_before_patience_is_over()
    {
        var quick = Options with { SuspectPatience = TimeSpan.FromMilliseconds(50) };
        using var watch = FailureWatch.Start(_store, 0, 2, quick, TimeProvider.System);

        var failure = watch.FirstFailure(1);

        Assert.That(failure!.FailedRank, Is.EqualTo(1));
        Assert.That(failure.Message, Does.Match("Rank 1 is gone: rank 0 has seen no sign of life of it for .* s, and an exchange with it failed"));
    }

    [Test]
    public void A_suspect_that_has_left_is_told_as_such()
    {
        using var watch = FailureWatch.Start(_store, 0, 2, Options, TimeProvider.System);
        FailureWatch.Start(_store, 1, 2, Options, TimeProvider.System).Dispose();

        var failure = watch.FirstFailure(1);

        Assert.That(failure!.Message, Does.StartWith("Rank 1 has ended its part and left"));
        Assert.That(watch.Failure, Is.Null);
    }

    [TestCase(300, 1_000, 30_000, 4_000)]
    [TestCase(20, 500, 10_000, 2_000)]
    [TestCase(2, 50, 1_000, 200)]
    public void A_gone_rank_is_named_within_the_time_out(int timeout, int interval, int patience, int suspectPatience)
    {
        var options = FailureWatchOptions.For(TimeSpan.FromSeconds(timeout));

        Assert.That(
            (options.Interval, options.Patience, options.SuspectPatience),
            Is.EqualTo((TimeSpan.FromMilliseconds(interval), TimeSpan.FromMilliseconds(patience), TimeSpan.FromMilliseconds(suspectPatience))));
    }

    // Watches whose rounds are the test's, on a clock that stands still.
    private void Watch(int ranks)
    {
        _watches.AddRange(Enumerable.Range(0, ranks).Select(rank =>
            new FailureWatch(TcpStore.Connect("127.0.0.1", _store.port, TimeSpan.FromSeconds(30)), rank, ranks, Options, _clock)));
    }

    private void Remove(int index)
    {
        _watches[index].Dispose();
        _watches.RemoveAt(index);
    }

    // A second goes by before each round.
    private void Rounds(int[] ranks, int count)
    {
        for (var round = 0; round < count; round++)
        {
            _clock.Advance(Second);
            Array.ForEach(ranks, rank => _watches[rank].Round());
        }
    }
}
