namespace Granary.Cluster.Ledger.Tests;

/// <summary>Jobs that are taken out of every store.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class LedgerRemovalTests : LedgerFixture
{
    public LedgerRemovalTests(string name)
        : base(name)
    {
    }

    [Test]
    public async Task A_job_is_taken_out_in_small_parts_and_nothing_of_another_goes_with_it()
    {
        await Ledger.CreateAsync(Dataset() with { Id = "other/tokens", Job = "other" }, default);
        await Ledger.CreateAsync(Dataset() with { Id = "job/empty", Shards = [] }, default);
        await Ledger.AddAsync("add", First.Dataset, [Work("later")], default);
        foreach (var key in new[] { First, new ShardKey("other/tokens", 0) })
        {
            var lease = (await Ledger.AcquireAsync(key, "node", Lease, default))!;
            await Ledger.CommitAsync($"commit-{key.Dataset}", key, lease.Token, Output, default);
        }

        var parts = new List<int>();
        do
        {
            parts.Add(await Ledger.RemoveAsync("job", 3, default));
        }
        while (parts[^1] > 0);

        Assert.That(parts, Is.EqualTo(new[] { 3, 1, 1, 1, 0 }), "three shards, one, the dataset, the empty one, and nothing");
        Assert.That(await Ledger.ListDatasetsAsync(null, default), Is.EqualTo(new[] { "other/tokens" }));
        Assert.That(await Ledger.ListAsync(First.Dataset, 0, 10, default), Is.Empty);
        Assert.That((await Ledger.ListAsync("other/tokens", 0, 10, default)).Select(row => row.State), Is.EqualTo(new[] { ShardState.Done, ShardState.Free, ShardState.Free }));
    }

    [Test]
    public async Task What_was_taken_out_can_be_made_anew_under_the_same_names()
    {
        await Ledger.AddAsync("add", First.Dataset, [Work("later")], default);
        var before = (await Ledger.AcquireAsync(First, "node", Lease, default))!;
        await Ledger.CommitAsync("op", First, before.Token, Output, default);
        while (await Ledger.RemoveAsync("job", 100, default) > 0)
        {
        }

        await Ledger.CreateAsync(Dataset(), default);
        var first = await Ledger.AddAsync("add", First.Dataset, [Work("later")], default);
        var again = (await Ledger.AcquireAsync(First, "node", Lease, default))!;
        var isDone = await Ledger.CommitAsync("op", First, again.Token, Output with { Bytes = 8 }, default);

        Assert.That((first, isDone), Is.EqualTo((3, true)));
        Assert.That((await Ledger.ListAsync(First.Dataset, 0, 1, default)).Single().Output!.Bytes, Is.EqualTo(8), "no answer of before stands in the way");
    }

    [Test]
    public async Task A_holder_of_what_was_taken_out_is_fenced()
    {
        var lease = (await Ledger.AcquireAsync(First, "node", Lease, default))!;
        await Ledger.RemoveAsync("job", 100, default);

        Assert.That(await Ledger.CommitAsync("op", First, lease.Token, Output, default), Is.False);
        Assert.That(await Ledger.ReleaseAsync(First, lease.Token, null, default), Is.False);
        Assert.That(await Ledger.RenewAsync([(First, lease.Token)], Lease, default), Is.Empty);
    }
}
