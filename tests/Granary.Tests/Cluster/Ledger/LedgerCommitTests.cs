namespace Granary.Cluster.Ledger.Tests;

/// <summary>Commits in every store: once, under the token that holds.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class LedgerCommitTests : LedgerFixture
{
    public LedgerCommitTests(string name)
        : base(name)
    {
    }

    [Test]
    public async Task A_commit_makes_the_shard_done_for_good()
    {
        var lease = await AcquireAsync();

        var isDone = await Ledger.CommitAsync("op", First, lease.Token, Output, default);
        await Store.AdvanceAsync(2 * Lease);

        var row = await RowAsync();
        Assert.That(isDone, Is.True);
        Assert.That((row.State, row.Output, row.Expires, row.Owner), Is.EqualTo((ShardState.Done, Output, (DateTimeOffset?)null, "node")));
        Assert.That(await Ledger.AcquireAsync(First, "other", Lease, default), Is.Null);
    }

    [Test]
    public async Task A_commit_again_with_the_same_operation_gives_what_it_gave()
    {
        var lease = await AcquireAsync();
        await Ledger.CommitAsync("op", First, lease.Token, Output, default);
        await Store.AdvanceAsync(2 * Lease);

        Assert.That(await Ledger.CommitAsync("op", First, lease.Token, Output, default), Is.True);
    }

    [Test]
    public async Task A_commit_again_with_another_operation_is_fenced()
    {
        var lease = await AcquireAsync();
        await Ledger.CommitAsync("op", First, lease.Token, Output, default);

        Assert.That(await Ledger.CommitAsync("op2", First, lease.Token, Output, default), Is.False);
    }

    [Test]
    public async Task An_operation_that_committed_another_shard_is_a_conflict()
    {
        var lease = await AcquireAsync();
        var other = await Ledger.AcquireAsync(First with { Index = 1 }, "node", Lease, default);
        await Ledger.CommitAsync("op", First, lease.Token, Output, default);

        Assert.That(async () => await Ledger.CommitAsync("op", other!.Shard, other.Token, Output, default), Throws.TypeOf<LedgerConflictException>());
        Assert.That((await Ledger.ListAsync(First.Dataset, 1, 1, default))[0].State, Is.EqualTo(ShardState.Leased));
    }

    [Test]
    public async Task A_commit_after_the_leases_end_is_fenced_although_nobody_else_has_it()
    {
        var lease = await AcquireAsync();
        await Store.AdvanceAsync(Lease);

        Assert.That(await Ledger.CommitAsync("op", First, lease.Token, Output, default), Is.False);
        Assert.That((await RowAsync()).State, Is.EqualTo(ShardState.Leased));
    }

    [Test]
    public async Task A_commit_with_an_older_token_is_fenced()
    {
        var (older, newer) = await AcquireTwiceAsync();

        Assert.That(await Ledger.CommitAsync("op", First, older.Token, Output, default), Is.False);
        Assert.That(await Ledger.CommitAsync("op", First, newer.Token, Output, default), Is.True);
    }

    [Test]
    public async Task A_commit_with_a_token_of_another_incarnation_is_fenced()
    {
        var lease = await AcquireAsync();

        Assert.That(await Ledger.CommitAsync("op", First, lease.Token with { Incarnation = lease.Token.Incarnation - 1 }, Output, default), Is.False);
    }

    [Test]
    public async Task An_output_without_a_file_is_kept_as_it_is()
    {
        var lease = await AcquireAsync();

        await Ledger.CommitAsync("op", First, lease.Token, new ShardOutput(null, null, 0), default);

        Assert.That((await RowAsync()).Output, Is.EqualTo(new ShardOutput(null, null, 0)));
    }
}
