namespace Granary.Cluster.Ledger.Tests;

/// <summary>What holds in every store, and in the reference that they are compared with.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.All))]
public sealed class ClusterLedgerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);
    private static readonly ShardKey First = new("job/tokens", 0);
    private static readonly ShardOutput Output = new("/data/part.0.1", new string('a', 64), 7);

    private readonly string _name;
    private LedgerStore _store = null!;

    public ClusterLedgerTests(string name)
    {
        _name = name;
    }

    private IClusterLedger Ledger => _store.Ledger;

    [SetUp]
    public async Task OpenAsync()
    {
        _store = await LedgerStore.OpenAsync(_name);
        await Ledger.CreateAsync(Dataset(), default);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
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

    [Test]
    public async Task A_lease_holds_under_its_own_token_until_it_is_over()
    {
        var lease = (await Ledger.AcquireAsync(First, "node", Lease, default))!;

        var holds = await Ledger.HoldsAsync(First, lease.Token, default);
        var older = await Ledger.HoldsAsync(First, lease.Token with { Epoch = 0 }, default);
        var other = await Ledger.HoldsAsync(First with { Index = 1 }, lease.Token, default);
        await _store.AdvanceAsync(Lease);
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
        await _store.AdvanceAsync(Lease);

        var second = await AcquireAsync();

        Assert.That(second.Token, Is.EqualTo(first.Token with { Epoch = first.Token.Epoch + 1 }));
    }

    [Test]
    public async Task Shards_that_may_be_granted_are_the_free_ones_and_those_whose_lease_is_over()
    {
        await Ledger.AcquireAsync(First, "node", Lease, default);
        await Ledger.AcquireAsync(First with { Index = 1 }, "node", 2 * Lease, default);

        var before = await Ledger.ListGrantableAsync(First.Dataset, 0, 10, default);
        await _store.AdvanceAsync(Lease);
        var after = await Ledger.ListGrantableAsync(First.Dataset, 0, 10, default);

        Assert.That(before, Is.EqualTo(new[] { 2 }));
        Assert.That(after, Is.EqualTo(new[] { 0, 2 }));
        Assert.That(await Ledger.ListGrantableAsync(First.Dataset, 1, 1, default), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public async Task A_renewed_lease_holds_from_the_renewal_on()
    {
        var lease = await AcquireAsync();
        await _store.AdvanceAsync(Lease / 2);

        var renewed = await Ledger.RenewAsync([(First, lease.Token)], Lease, default);
        await _store.AdvanceAsync(Lease / 2);

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
        await _store.AdvanceAsync(Lease);

        var renewed = await Ledger.RenewAsync(
            [(given.Shard, given.Token), (First, over.Token), (held!.Shard, held.Token), (new ShardKey("job/none", 0), held.Token)], Lease, default);

        Assert.That(renewed, Is.EqualTo(new[] { held.Shard }));
    }

    [Test]
    public async Task A_renewal_with_an_older_token_lengthens_nothing()
    {
        var (older, newer) = await AcquireTwiceAsync();
        await _store.AdvanceAsync(Lease / 2);

        var renewed = await Ledger.RenewAsync([(First, older.Token), (First, newer.Token with { Incarnation = newer.Token.Incarnation - 1 })], Lease, default);
        await _store.AdvanceAsync(Lease / 2);

        Assert.That(renewed, Is.Empty);
        Assert.That(await Ledger.AcquireAsync(First, "third", Lease, default), Is.Not.Null);
    }

    [Test]
    public async Task A_commit_makes_the_shard_done_for_good()
    {
        var lease = await AcquireAsync();

        var isDone = await Ledger.CommitAsync("op", First, lease.Token, Output, default);
        await _store.AdvanceAsync(2 * Lease);

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
        await _store.AdvanceAsync(2 * Lease);

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
        await _store.AdvanceAsync(Lease);

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
        await _store.AdvanceAsync(Lease);

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

    private static DatasetSpec Dataset()
    {
        return new DatasetSpec { Id = First.Dataset, Job = "job", Shards = [Work("0"), Work("1"), Work("2")], MostFailures = 2 };
    }

    private static ShardWork Work(string name)
    {
        return new ShardWork
        {
            Arguments = ["tokenize", "--output", ShardWork.OutputPlaceholder, name],
            Output = $"/data/{name}",
            Threads = 2,
            Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "\"ü\"" },
        };
    }

    private async Task<ShardLease> AcquireAsync() => (await Ledger.AcquireAsync(First, "node", Lease, default))!;

    private async Task<ShardRow> RowAsync() => (await Ledger.ListAsync(First.Dataset, 0, 1, default))[0];

    private async Task<(ShardLease Older, ShardLease Newer)> AcquireTwiceAsync()
    {
        var older = await AcquireAsync();
        await _store.AdvanceAsync(Lease);
        return (older, (await Ledger.AcquireAsync(First, "other", Lease, default))!);
    }
}
