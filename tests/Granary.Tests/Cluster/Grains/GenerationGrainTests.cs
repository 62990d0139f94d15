using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class GenerationGrainTests
{
    private const string Generation = "j/train/1";

    private TestCluster _cluster = null!;

    private IGenerationGrain Grain => _cluster.Grains.GetGrain<IGenerationGrain>(Generation);

    [SetUp]
    public async Task StartAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.Dataset(Generation).CreateAsync(TestCluster.Spec(Generation, shards: 2, mostFailures: 1) with { Kind = DatasetKind.Ranks }, priority: 0);
    }

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    [Test]
    public async Task No_rank_is_granted_before_there_is_room_for_all()
    {
        var first = await AskAsync("a");
        var second = await AskAsync("b");
        var third = await AskAsync("a");

        Assert.That(first, Is.Null);
        Assert.That(new[] { second?.Shard.Index, third?.Shard.Index }, Is.EquivalentTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task A_rank_learns_of_the_others_once_all_have_come()
    {
        var (first, second) = await PlaceAsync();
        var waiting = JoinAsync(first, TimeSpan.FromSeconds(1));

        var joined = await JoinAsync(second, TimeSpan.Zero);

        Assert.That(joined!.IsWhole, Is.True);
        Assert.That((await waiting)!.Members, Is.EqualTo(joined.Members));
        Assert.That(joined.Members.Select(member => member.Rank), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task Who_has_come_is_known_to_the_coordinator_that_takes_over()
    {
        var (first, second) = await PlaceAsync();
        await JoinAsync(first, TimeSpan.Zero);

        await _cluster.RestartAsync();

        Assert.That((await JoinAsync(second, TimeSpan.Zero))!.IsWhole, Is.True);
    }

    [Test]
    public async Task A_token_that_is_not_the_ranks_is_fenced()
    {
        var (first, _) = await PlaceAsync();

        var stranger = await Grain.JoinAsync(MemberOf(first), first.Token with { Epoch = 7 }, TimeSpan.Zero);
        await _cluster.Dataset(Generation).CancelAsync();
        var cancelled = await JoinAsync(first, TimeSpan.Zero);

        Assert.That((stranger, cancelled), Is.EqualTo(((GenerationSnapshot?)null, (GenerationSnapshot?)null)));
    }

    [Test]
    public async Task A_rank_that_gave_its_place_back_is_not_granted_again()
    {
        var (first, second) = await PlaceAsync();
        await _cluster.Shard(first.Shard).ReleaseAsync(first.Token, failure: null);
        await _cluster.Shard(second.Shard).ReleaseAsync(second.Token, failure: null);

        Assert.That((await AskAsync("a"), await AskAsync("b")), Is.EqualTo(((ShardLease?)null, (ShardLease?)null)));

        await _cluster.RestartAsync();

        Assert.That((await AskAsync("a"), await AskAsync("b")), Is.EqualTo(((ShardLease?)null, (ShardLease?)null)), "nor by the coordinator that takes over");
    }

    [Test]
    public async Task A_rank_whose_lease_is_over_cancels_all_of_its_generation()
    {
        var (first, _) = await PlaceAsync();
        var cancelled = _cluster.WhenAsync(Generation, snapshot => snapshot.Shards[ShardState.Cancelled] == 2);

        // The other one is renewed all the while. A sweep that is still under way lets the next one out, so time goes on until it is seen.
        while (!cancelled.IsCompleted)
        {
            _cluster.Clock.Advance(TestCluster.Options.LeaseTime / 3);
            await _cluster.Node("a").HeartbeatAsync(new Heartbeat([new HeldLease(first.Shard, first.Token, Progress: null)], IsDraining: false));
        }

        await cancelled;
    }

    [Test]
    public async Task A_coordinator_that_died_between_two_ranks_of_a_generation_cancels_it()
    {
        Assert.That((await AskAsync("a"), await AskAsync("b")), Is.Not.EqualTo(((ShardLease?)null, (ShardLease?)null)), "one of them has its rank");

        await _cluster.RestartAsync();
        await AskAsync("a");

        Assert.That((await _cluster.Dataset(Generation).SnapshotAsync())!.Shards[ShardState.Cancelled], Is.EqualTo(2));
    }

    private static GenerationMember MemberOf(ShardLease lease) => new(lease.Shard.Index, "node", "10.0.0.1", 4000 + lease.Shard.Index);

    private Task<GenerationSnapshot?> JoinAsync(ShardLease lease, TimeSpan atMost) => Grain.JoinAsync(MemberOf(lease), lease.Token, atMost);

    private Task<ShardLease?> AskAsync(string node) => _cluster.Queue.LeaseNextAsync(new NodeOffer(node, 1, 0, AcceptsRanks: true));

    private async Task<(ShardLease First, ShardLease Second)> PlaceAsync()
    {
        await AskAsync("a");
        ShardLease[] leases = [(await AskAsync("b"))!, (await AskAsync("a"))!];
        return (leases.Single(lease => lease.Shard.Index == 0), leases.Single(lease => lease.Shard.Index == 1));
    }
}
