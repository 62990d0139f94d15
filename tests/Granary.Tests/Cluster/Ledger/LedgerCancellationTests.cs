namespace Granary.Cluster.Ledger.Tests;

/// <summary>Cancelled datasets in every store.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class LedgerCancellationTests : LedgerFixture
{
    public LedgerCancellationTests(string name)
        : base(name)
    {
    }

    [Test]
    public async Task A_cancelled_dataset_fences_its_holders_and_keeps_what_is_done()
    {
        var done = await AcquireAsync();
        await Ledger.CommitAsync("op", First, done.Token, Output, default);
        var held = await Ledger.AcquireAsync(First with { Index = 1 }, "node", Lease, default);

        await Ledger.CancelAsync(First.Dataset, default);
        await Ledger.CancelAsync(First.Dataset, default);

        var rows = await Ledger.ListAsync(First.Dataset, 0, 3, default);
        Assert.That(rows.Select(row => row.State), Is.EqualTo(new[] { ShardState.Done, ShardState.Cancelled, ShardState.Cancelled }));
        Assert.That(rows.Select(row => row.Token.Epoch), Is.EqualTo(new[] { 1, 2, 1 }));
        Assert.That(await Ledger.CommitAsync("op2", held!.Shard, held.Token, Output, default), Is.False);
        Assert.That(await Ledger.RenewAsync([(held.Shard, held.Token)], Lease, default), Is.Empty);
        Assert.That(await Ledger.AcquireAsync(First with { Index = 2 }, "node", Lease, default), Is.Null);
    }

    [Test]
    public async Task A_cancelled_dataset_takes_no_more_shards_but_answers_what_it_answered()
    {
        await Ledger.AddAsync("one", First.Dataset, [Work("3")], default);
        await Ledger.CancelAsync(First.Dataset, default);

        Assert.That(async () => await Ledger.AddAsync("two", First.Dataset, [Work("4")], default), Throws.TypeOf<LedgerConflictException>());
        Assert.That(await Ledger.AddAsync("one", First.Dataset, [Work("3")], default), Is.EqualTo(3));
    }

    [Test]
    public void Cancelling_no_dataset_does_nothing()
    {
        Assert.That(async () => await Ledger.CancelAsync("job/none", default), Throws.Nothing);
    }
}
