using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers.Tests;

public sealed class LeaseKeeperTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    [Test]
    public void Work_stops_at_seven_tenths_of_the_lease_counted_from_before_it_was_asked_for()
    {
        var keeper = new LeaseKeeper();

        keeper.Take(Lease(0), At(100));

        Assert.That(keeper.NextEnd, Is.EqualTo(At(121)));
        Assert.That(keeper.TakeOverdue(At(121) - TimeSpan.FromTicks(1)), Is.Empty);
        Assert.That(keeper.TakeOverdue(At(121)), Is.EqualTo(new[] { Id(0) }));
        Assert.That(keeper.TakeOverdue(At(121)), Is.Empty, "each once");
        Assert.That(keeper.NextEnd, Is.Null);
    }

    [Test]
    public void A_lease_is_due_to_be_lengthened_a_third_after_it_was_asked_for()
    {
        var keeper = new LeaseKeeper();

        keeper.Take(Lease(0), At(100));
        keeper.Take(Lease(1), At(95));

        Assert.That(keeper.NextRenewal, Is.EqualTo(At(105)));
    }

    [Test]
    public void A_heartbeat_lengthens_from_the_moment_it_was_sent()
    {
        var keeper = new LeaseKeeper();
        keeper.Take(Lease(0), At(100));

        keeper.Renew(keeper.Tell(), [], At(110));

        Assert.That(keeper.NextEnd, Is.EqualTo(At(131)));
    }

    [Test]
    public void An_answer_that_was_overtaken_shortens_nothing()
    {
        var keeper = new LeaseKeeper();
        keeper.Take(Lease(0), At(100));
        keeper.Renew(keeper.Tell(), [], At(110));

        keeper.Renew(keeper.Tell(), [], At(105));

        Assert.That(keeper.NextEnd, Is.EqualTo(At(131)));
    }

    [Test]
    public void A_lost_lease_is_named_once_and_is_not_told_of_again()
    {
        var keeper = new LeaseKeeper();
        keeper.Take(Lease(0), At(100));
        keeper.Take(Lease(1), At(100));
        var told = keeper.Tell();

        var lost = keeper.Lose(told, [Id(0).Shard]);

        Assert.That(lost, Is.EqualTo(new[] { Id(0) }));
        Assert.That(keeper.Lose(told, [Id(0).Shard]), Is.Empty);
        Assert.That(keeper.Tell().Select(held => held.Shard), Is.EqualTo(new[] { Id(1).Shard }));
    }

    [Test]
    public void A_lease_that_was_granted_after_a_heartbeat_is_neither_lengthened_nor_lost_by_it()
    {
        var keeper = new LeaseKeeper();
        keeper.Take(Lease(0, epoch: 1), At(100));
        var told = keeper.Tell();
        keeper.End(Id(0, epoch: 1));
        keeper.Take(Lease(0, epoch: 2), At(105));

        keeper.Renew(told, [], At(110));
        var lost = keeper.Lose(told, [Id(0).Shard]);

        Assert.That(keeper.NextEnd, Is.EqualTo(At(126)));
        Assert.That(lost, Is.Empty);
    }

    [Test]
    public void Stopped_work_is_not_brought_back_by_a_late_answer()
    {
        var keeper = new LeaseKeeper();
        keeper.Take(Lease(0), At(100));
        var told = keeper.Tell();
        keeper.TakeOverdue(At(121));

        keeper.Renew(told, [], At(120));

        Assert.That(keeper.NextEnd, Is.Null);
        Assert.That(keeper.Tell(), Is.Empty);
    }

    /// <summary>
    /// All histories of eleven events: a second passes, a heartbeat is sent, reaches the coordinator, is answered, or is lost on
    /// the way there or back. Leases hold for ten seconds by the coordinator, which counts from when it is reached.
    /// </summary>
    [Test]
    public void In_every_history_work_goes_on_only_while_the_coordinator_has_the_lease()
    {
        var (histories, worked) = (0, 0);

        void Explore(LeaseKeeper keeper, History at, int left)
        {
            histories++;
            Assert.That(keeper.NextEnd is null || at.Now < at.Expires, Is.True, () => $"at {at}");
            worked += keeper.NextEnd is null ? 0 : 1;
            if (left == 0)
            {
                return;
            }

            foreach (var next in at.Next())
            {
                Explore(next.Replay(), next, left - 1);
            }
        }

        Explore(History.Begin.Replay(), History.Begin, left: 11);

        Assert.That(histories, Is.GreaterThan(10_000));
        Assert.That(worked, Is.GreaterThan(5_000), "and it does go on");
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static LeaseId Id(int shard, long epoch = 1) => new(new ShardKey("job/work", shard), new LeaseToken(1, epoch));

    private static ShardLease Lease(int shard, long epoch = 1, TimeSpan? time = null)
    {
        var (key, token) = Id(shard, epoch);
        return new ShardLease(key, "job", DatasetKind.Work, token, time ?? Time, new ShardWork { Arguments = ["check"] });
    }

    private enum Step
    {
        Tick,
        Send,
        Arrive,
        Answer,
        Drop,
    }

    /// <summary>What has happened, and what the coordinator knows of it.</summary>
    private sealed record History(IReadOnlyList<Step> Steps, int Now, int Expires, int? SentAt, bool HasArrived)
    {
        // Granted a second after it was asked for.
        public static History Begin { get; } = new([], Now: 1, Expires: 11, SentAt: null, HasArrived: false);

        public IEnumerable<History> Next()
        {
            yield return this with { Steps = [.. Steps, Step.Tick], Now = Now + 1 };
            if (SentAt is null)
            {
                yield return this with { Steps = [.. Steps, Step.Send], SentAt = Now, HasArrived = false };
                yield break;
            }

            yield return this with { Steps = [.. Steps, Step.Drop], SentAt = null };
            yield return HasArrived
                ? this with { Steps = [.. Steps, Step.Answer], SentAt = null }
                : this with { Steps = [.. Steps, Step.Arrive], HasArrived = true, Expires = Now < Expires ? Now + 10 : Expires };
        }

        /// <summary>The keeper that has lived through it; the worker looks for overdue work at every moment.</summary>
        public LeaseKeeper Replay()
        {
            var keeper = new LeaseKeeper();
            var (now, sentAt, told, expires, isLost) = (1, 0, (IReadOnlyList<HeldLease>)[], 11, false);
            keeper.Take(Lease(0, time: At(10)), At(0));
            foreach (var step in Steps)
            {
                switch (step)
                {
                    case Step.Tick:
                        now++;
                        keeper.TakeOverdue(At(now));
                        break;
                    case Step.Send:
                        (sentAt, told) = (now, keeper.Tell());
                        break;
                    case Step.Arrive:
                        (isLost, expires) = now < expires && told.Count > 0 ? (false, now + 10) : (true, expires);
                        break;
                    case Step.Answer:
                        ShardKey[] lost = isLost ? [Id(0).Shard] : [];
                        keeper.Renew(told, lost, At(sentAt));
                        keeper.Lose(told, lost);
                        keeper.TakeOverdue(At(now));
                        break;
                }
            }

            return keeper;
        }

        public override string ToString() => $"{Now} s of {Expires} s after {string.Join(", ", Steps)}";
    }
}
