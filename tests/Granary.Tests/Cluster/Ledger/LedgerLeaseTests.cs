namespace Granary.Cluster.Ledger.Tests;

/// <summary>Leases in every store: granted, renewed, over, given back.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class LedgerLeaseTests : LedgerFixture
{
    public LedgerLeaseTests(string name)
        : base(name)
    {
    }

    [Test]
    public async Task A_lease_holds_under_its_own_token_until_it_is_over()
    {
        var lease = (await Ledger.AcquireAsync(First, "node", Lease, default))!;

        var holds = await Ledger.HoldsAsync(First, lease.Token, default);
        var older = await Ledger.HoldsAsync(First, lease.Token with { Epoch = 0 }, default);
        var other = await Ledger.HoldsAsync(First with { Index = 1 }, lease.Token, default);
        await Store.AdvanceAsync(Lease);
        var over = await Ledger.HoldsAsync(First, lease.Token, default);

        Assert.That((holds, older, other, over), Is.EqualTo((true, false, false, false)));
    }

    [Test]
    public async Task A_lease_that_ended_before_its_time_holds_no_longer()
    {
        var given = (await Ledger.AcquireAsync(First, "node", Lease, default))!;
        await Ledger.ReleaseAsync(First, given.Token, null, default);
        var cancelled = (await Ledger.AcquireAsync(First with { Index = 1 }, "node", Lease, default))!;
        await Ledger.CancelAsync(First.Dataset, default);

        Assert.That(await Ledger.HoldsAsync(First, given.Token, default), Is.False);
        Assert.That(await Ledger.HoldsAsync(cancelled.Shard, cancelled.Token, default), Is.False);
    }

    [Test]
    public async Task A_grant_tells_all_that_its_holder_needs()
    {
        var lease = await Ledger.AcquireAsync(First, "node", Lease, default);

        var expected = new ShardLease(First, "job", DatasetKind.Work, new LeaseToken(await Ledger.OpenAsync(default), 1), Lease, Work("0"));
        Assert.That(LedgerJson.Write(lease), Is.EqualTo(LedgerJson.Write(expected)));
    }

    [Test]
    public async Task A_shard_that_is_held_is_granted_to_nobody_else()
    {
        await Ledger.AcquireAsync(First, "node", Lease, default);

        Assert.That(await Ledger.AcquireAsync(First, "other", Lease, default), Is.Null);
    }

    [TestCase("job/tokens", 3, Description = "behind the last")]
    [TestCase("job/tokens", -1, Description = "before the first")]
    [TestCase("job/none", 0, Description = "of no dataset")]
    public async Task No_shard_that_is_not_there_is_granted(string dataset, int index)
    {
        Assert.That(await Ledger.AcquireAsync(new ShardKey(dataset, index), "node", Lease, default), Is.Null);
    }

    [Test]
    public async Task A_lease_that_is_over_is_granted_again_with_the_next_epoch()
    {
        var first = await AcquireAsync();
        await Store.AdvanceAsync(Lease);

        var second = await AcquireAsync();

        Assert.That(second.Token, Is.EqualTo(first.Token with { Epoch = first.Token.Epoch + 1 }));
    }

    [Test]
    public async Task Shards_that_may_be_granted_are_the_free_ones_and_those_whose_lease_is_over()
    {
        await Ledger.AcquireAsync(First, "node", Lease, default);
        await Ledger.AcquireAsync(First with { Index = 1 }, "node", 2 * Lease, default);

        var before = await Ledger.ListGrantableAsync(First.Dataset, 0, 10, default);
        await Store.AdvanceAsync(Lease);
        var after = await Ledger.ListGrantableAsync(First.Dataset, 0, 10, default);

        Assert.That(before, Is.EqualTo(new[] { 2 }));
        Assert.That(after, Is.EqualTo(new[] { 0, 2 }));
        Assert.That(await Ledger.ListGrantableAsync(First.Dataset, 1, 1, default), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public async Task A_renewed_lease_holds_from_the_renewal_on()
    {
        var lease = await AcquireAsync();
        await Store.AdvanceAsync(Lease / 2);

        var renewed = await Ledger.RenewAsync([(First, lease.Token)], Lease, default);
        await Store.AdvanceAsync(Lease / 2);

        Assert.That(renewed, Is.EqualTo(new[] { First }));
        Assert.That(await Ledger.AcquireAsync(First, "other", Lease, default), Is.Null);
    }

    [Test]
    public async Task Only_leases_that_hold_are_renewed()
    {
        var over = await AcquireAsync();
        var held = await Ledger.AcquireAsync(First with { Index = 1 }, "node", 2 * Lease, default);
        var given = await Ledger.AcquireAsync(First with { Index = 2 }, "node", 2 * Lease, default);
        await Ledger.ReleaseAsync(given!.Shard, given.Token, null, default);
        await Store.AdvanceAsync(Lease);

        var renewed = await Ledger.RenewAsync(
            [(given.Shard, given.Token), (First, over.Token), (held!.Shard, held.Token), (new ShardKey("job/none", 0), held.Token)], Lease, default);

        Assert.That(renewed, Is.EqualTo(new[] { held.Shard }));
    }

    [Test]
    public async Task A_renewal_with_an_older_token_lengthens_nothing()
    {
        var (older, newer) = await AcquireTwiceAsync();
        await Store.AdvanceAsync(Lease / 2);

        var renewed = await Ledger.RenewAsync([(First, older.Token), (First, newer.Token with { Incarnation = newer.Token.Incarnation - 1 })], Lease, default);
        await Store.AdvanceAsync(Lease / 2);

        Assert.That(renewed, Is.Empty);
        Assert.That(await Ledger.AcquireAsync(First, "third", Lease, default), Is.Not.Null);
    }

    [Test]
    public async Task A_lease_that_is_given_back_is_free_at_once_and_its_token_is_fenced()
    {
        var lease = await AcquireAsync();

        var isGiven = await Ledger.ReleaseAsync(First, lease.Token, null, default);

        Assert.That(isGiven, Is.True);
        Assert.That(await Ledger.CommitAsync("op", First, lease.Token, Output, default), Is.False);
        Assert.That((await AcquireAsync()).Token.Epoch, Is.EqualTo(2));
        Assert.That((await RowAsync()).Failures, Is.Zero);
    }

    [Test]
    public async Task A_lease_that_is_over_can_be_given_back_while_nobody_else_has_it()
    {
        var lease = await AcquireAsync();
        await Store.AdvanceAsync(Lease);

        Assert.That(await Ledger.ReleaseAsync(First, lease.Token, null, default), Is.True);
        Assert.That((await RowAsync()).State, Is.EqualTo(ShardState.Free));
    }

    [Test]
    public async Task An_older_token_gives_nothing_back()
    {
        var (older, _) = await AcquireTwiceAsync();

        Assert.That(await Ledger.ReleaseAsync(First, older.Token, "failed", default), Is.False);
        Assert.That(((await RowAsync()).State, (await RowAsync()).Failures), Is.EqualTo((ShardState.Leased, 0)));
    }

    [Test]
    public async Task A_shard_that_failed_as_often_as_it_may_stays_so()
    {
        foreach (var failure in new[] { "first", "second" })
        {
            await Ledger.ReleaseAsync(First, (await AcquireAsync()).Token, failure, default);
        }

        var row = await RowAsync();
        Assert.That((row.State, row.Failures, row.Failure), Is.EqualTo((ShardState.Failed, 2, "second")));
        Assert.That(await Ledger.AcquireAsync(First, "node", Lease, default), Is.Null);
    }

    [Test]
    public async Task What_a_failure_said_stays_after_a_lease_is_only_given_back()
    {
        await Ledger.ReleaseAsync(First, (await AcquireAsync()).Token, "why\0\ud800", default);
        await Ledger.ReleaseAsync(First, (await AcquireAsync()).Token, null, default);

        var row = await RowAsync();
        Assert.That((row.State, row.Failures), Is.EqualTo((ShardState.Free, 1)));
        Assert.That(row.Failure, Does.StartWith("why"));
    }
}
