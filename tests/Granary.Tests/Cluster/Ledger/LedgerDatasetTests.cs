namespace Granary.Cluster.Ledger.Tests;

/// <summary>Datasets and their shards, in every store: made, added to, listed, counted.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class LedgerDatasetTests : LedgerFixture
{
    public LedgerDatasetTests(string name)
        : base(name)
    {
    }

    [Test]
    public async Task Opening_again_keeps_the_incarnation()
    {
        var first = await Ledger.OpenAsync(default);
        var second = await Ledger.OpenAsync(default);

        Assert.That(second, Is.EqualTo(first).And.GreaterThan(0));
    }

    [Test]
    public async Task The_same_dataset_again_makes_nothing()
    {
        await Ledger.CreateAsync(Dataset(), default);

        Assert.That(await Ledger.ListAsync(First.Dataset, 0, 100, default), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task The_same_dataset_again_makes_nothing_after_shards_were_added()
    {
        await Ledger.AddAsync("add", First.Dataset, [Work("later")], default);

        Assert.That(async () => await Ledger.CreateAsync(Dataset(), default), Throws.Nothing);
    }

    [TestCase("job", Description = "another job")]
    [TestCase("kind", Description = "another kind")]
    [TestCase("shards", Description = "other work")]
    [TestCase("environment", Description = "another variable")]
    [TestCase("failures", Description = "another limit")]
    public void Another_dataset_of_the_same_id_is_a_conflict(string difference)
    {
        var other = difference switch
        {
            "job" => Dataset() with { Job = "other" },
            "kind" => Dataset() with { Kind = DatasetKind.Driver },
            "shards" => Dataset() with { Shards = [Work("other")] },
            "environment" => Dataset() with { Shards = [.. Dataset().Shards.Select(work => work with { Environment = new Dictionary<string, string> { ["A"] = "2" } })] },
            _ => Dataset() with { MostFailures = 7 },
        };

        Assert.That(async () => await Ledger.CreateAsync(other, default), Throws.TypeOf<LedgerConflictException>());
    }

    [TestCase("", Description = "nothing")]
    [TestCase("a b", Description = "a space")]
    [TestCase("a\0", Description = "a NUL")]
    [TestCase("a\n", Description = "a line's end behind it")]
    [TestCase("ä", Description = "a letter beyond ASCII")]
    public void A_name_with_other_characters_is_refused(string name)
    {
        Assert.That(async () => await Ledger.CreateAsync(Dataset() with { Id = name }, default), Throws.ArgumentException);
        Assert.That(async () => await Ledger.AddAsync(name == "ä" ? name : $"{name} ", First.Dataset, [], default), Throws.ArgumentException);
    }

    [Test]
    public async Task A_dataset_is_found_without_its_shards()
    {
        var found = await Ledger.FindAsync(First.Dataset, default);

        Assert.That(LedgerJson.Write(found), Is.EqualTo(LedgerJson.Write(Dataset() with { Shards = [] })));
        Assert.That(await Ledger.FindAsync("job/none", default), Is.Null);
    }

    [Test]
    public async Task Datasets_are_listed_in_the_order_in_which_they_were_made()
    {
        await Ledger.CreateAsync(Dataset() with { Id = "z", Job = "other" }, default);
        await Ledger.CreateAsync(Dataset() with { Id = "a" }, default);

        Assert.That(await Ledger.ListDatasetsAsync(null, default), Is.EqualTo(new[] { "job/tokens", "z", "a" }));
        Assert.That(await Ledger.ListDatasetsAsync("job", default), Is.EqualTo(new[] { "job/tokens", "a" }));
    }

    [Test]
    public async Task Shards_are_listed_with_all_that_they_were_made_with()
    {
        var rows = await Ledger.ListAsync(First.Dataset, 1, 1, default);

        var expected = new ShardRow { Key = First with { Index = 1 }, State = ShardState.Free, Work = Work("1"), Token = default };
        Assert.That(LedgerJson.Write(rows), Is.EqualTo(LedgerJson.Write(new[] { expected })));
    }

    [Test]
    public async Task Added_shards_stand_behind_those_that_are_there()
    {
        var first = await Ledger.AddAsync("one", First.Dataset, [Work("3"), Work("4")], default);
        var second = await Ledger.AddAsync("two", First.Dataset, [Work("5")], default);

        var rows = await Ledger.ListAsync(First.Dataset, 3, 10, default);
        Assert.That((first, second), Is.EqualTo((3, 5)));
        Assert.That(rows.Select(row => row.Work.Arguments[^1]), Is.EqualTo(new[] { "3", "4", "5" }));
    }

    [Test]
    public async Task More_shards_than_a_statement_takes_keep_their_order()
    {
        await Ledger.AddAsync("many", First.Dataset, [.. Enumerable.Range(3, 20_001).Select(index => Work($"{index}"))], default);

        var rows = await Ledger.ListAsync(First.Dataset, 0, 30_000, default);
        Assert.That(rows.Select(row => row.Work.Arguments[^1]), Is.EqualTo(Enumerable.Range(0, 20_004).Select(index => $"{index}")));
    }

    [Test]
    public async Task Adding_again_with_the_same_operation_gives_what_it_gave()
    {
        await Ledger.AddAsync("one", First.Dataset, [Work("3")], default);
        await Ledger.AddAsync("two", First.Dataset, [Work("4")], default);

        var again = await Ledger.AddAsync("one", First.Dataset, [Work("3")], default);

        Assert.That(again, Is.EqualTo(3));
        Assert.That(await Ledger.ListAsync(First.Dataset, 0, 100, default), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task Adding_other_work_with_the_same_operation_is_a_conflict()
    {
        await Ledger.AddAsync("one", First.Dataset, [Work("3")], default);

        Assert.That(async () => await Ledger.AddAsync("one", First.Dataset, [Work("4")], default), Throws.TypeOf<LedgerConflictException>());
    }

    [Test]
    public void Adding_to_no_dataset_is_a_conflict()
    {
        Assert.That(async () => await Ledger.AddAsync("one", "job/none", [Work("3")], default), Throws.TypeOf<LedgerConflictException>());
    }

    [Test]
    public async Task Shards_are_counted_by_state()
    {
        var lease = await AcquireAsync();
        await Ledger.CommitAsync("op", First, lease.Token, Output, default);
        await Ledger.AcquireAsync(First with { Index = 1 }, "node", Lease, default);

        var counts = await Ledger.CountAsync(First.Dataset, default);

        var expected = new Dictionary<ShardState, int> { [ShardState.Done] = 1, [ShardState.Leased] = 1, [ShardState.Free] = 1 };
        Assert.That(counts, Is.EquivalentTo(expected));
    }
}
