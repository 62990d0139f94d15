using System.Net;
using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class LeaseEndpointsTests : EndpointFixture
{
    private static readonly NodeOffer Offer = new("node-1", 2, 1, AcceptsRanks: false);
    private static readonly CommitRequest Commit = new("op-1", new ShardKey("job/tokens", 3), new LeaseToken(1, 2), new ShardOutput("a", null, 0));

    [Test]
    public async Task A_shard_that_waits_is_given_at_once()
    {
        var lease = FakeCluster.Lease("job/tokens", 3, epoch: 5);
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.LeaseNextAsync), arguments => Task.FromResult(arguments[0] is NodeOffer offer && offer == Offer ? lease : null));

        var answer = await Host.Client(TokenRole.Worker).SendAsync(Routes.Leases, Offer);

        var (given, _) = await answer.ReadAsync<LeaseReply>();
        Assert.That((given.Shard, given.Token, given.Time), Is.EqualTo((lease.Shard, lease.Token, lease.Time)));
    }

    [TestCase(DatasetKind.Driver, "driver", Description = "hands out its job's parts")]
    [TestCase(DatasetKind.Work, "part", Description = "looks at its job")]
    [TestCase(DatasetKind.Ranks, "rank", Description = "looks at its generation")]
    public async Task A_grant_comes_with_a_token_for_its_holder_and_one_for_its_work(DatasetKind kind, string role)
    {
        var lease = FakeCluster.Lease("job/tokens", 3) with { Kind = kind };
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.LeaseNextAsync), _ => Task.FromResult<ShardLease?>(lease));

        var (_, keys) = await (await Host.Client(TokenRole.Worker).SendAsync(Routes.Leases, Offer)).ReadAsync<LeaseReply>();
        var commit = await Host.ClientWith(keys.Holder).SendAsync(Routes.Commit, Commit with { Token = lease.Token });
        var refused = await Host.ClientWith(keys.Work).SendAsync(Routes.Commit, Commit with { Token = lease.Token });

        Assert.That((commit.StatusCode, refused.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Forbidden)));
        Assert.That(await refused.DetailAsync(), Does.StartWith($"The token 'the-Worker for job/tokens#3' has the role '{role}', but this takes one of: 'holder'."));
    }

    [Test]
    public async Task Nothing_to_grant_is_an_empty_answer()
    {
        var answer = await Host.Client(TokenRole.Worker).SendAsync(Routes.Leases, Offer);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Who_waits_gets_what_comes_meanwhile()
    {
        var asked = 0;
        var come = new TaskCompletionSource<long>();
        var waits = new TaskCompletionSource();
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main)
            .On(nameof(IQueueGrain.LeaseNextAsync), _ => Task.FromResult(asked++ == 0 ? null : FakeCluster.Lease("job/tokens", 0)))
            .On(nameof(IQueueGrain.WaitAsync), arguments =>
            {
                if ((TimeSpan)arguments[1]! == TimeSpan.Zero)
                {
                    return Task.FromResult(1L);
                }

                waits.SetResult();
                return come.Task;
            });

        var answer = Host.Client(TokenRole.Worker).SendAsync($"{Routes.Leases}?wait=5", Offer);
        await waits.Task;
        var before = answer.IsCompleted;
        come.SetResult(2);

        Assert.That(before, Is.False);
        Assert.That((await answer).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_wait_ends_after_a_third_of_a_leases_time_however_long_it_was_to_be()
    {
        var waited = TimeSpan.Zero;
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.WaitAsync), arguments =>
        {
            waited += (TimeSpan)arguments[1]!;
            Host.Clock.Advance((TimeSpan)arguments[1]!);
            return Task.FromResult(1L);
        });

        var answer = await Host.Client(TokenRole.Worker).SendAsync($"{Routes.Leases}?wait=500", Offer);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(waited, Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task A_shard_granted_to_one_who_has_gone_is_given_back()
    {
        using var gone = new CancellationTokenSource();
        object?[]? back = null;
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.LeaseNextAsync), _ =>
        {
            gone.Cancel();
            return Task.FromResult<ShardLease?>(FakeCluster.Lease("job/tokens", 4, epoch: 9));
        });
        Host.Cluster.Grain<IShardGrain>("job/tokens#4").On(nameof(IShardGrain.ReleaseAsync), arguments =>
        {
            back = arguments;
            return Task.FromResult(true);
        });
        var wait = new LeaseWait(Host.Cluster, new ServeOptions { Folder = Host.Folder }, new HostLimits(), Host.Clock);

        Assert.That(() => wait.NextAsync(Offer, TimeSpan.Zero, gone.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(back, Is.EqualTo(new object?[] { new LeaseToken(1, 9), null }));
    }

    [Test]
    public async Task A_commit_reaches_the_shard_with_its_operation()
    {
        object?[]? seen = null;
        Host.Cluster.Grain<IShardGrain>("job/tokens#3").On(nameof(IShardGrain.CommitAsync), arguments =>
        {
            seen = arguments;
            return Task.FromResult(true);
        });

        var answer = await Holder().SendAsync(Routes.Commit, Commit);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(seen, Is.EqualTo(new object[] { "op-1", new LeaseToken(1, 2), Commit.Output }));
    }

    [Test]
    public async Task A_holder_of_an_older_token_is_told_that_it_is_fenced()
    {
        Host.Cluster.Grain<IShardGrain>("job/tokens#3").On(nameof(IShardGrain.CommitAsync), _ => Task.FromResult(false)).On(nameof(IShardGrain.ReleaseAsync), _ => Task.FromResult(false));

        var commit = await Holder().SendAsync(Routes.Commit, Commit);
        var release = await Holder().SendAsync(Routes.Release, new ReleaseRequest(Commit.Shard, Commit.Token, "no room"));

        Assert.That((commit.StatusCode, release.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.Conflict)));
        Assert.That(await commit.DetailAsync(), Does.Contain("fenced").And.Contain("job/tokens#3"));
    }

    [TestCase("{}", Description = "nothing")]
    [TestCase("{\"operation\":\"op\",\"shard\":{\"dataset\":\"a/b\",\"index\":-1},\"token\":{\"incarnation\":1,\"epoch\":1},\"output\":{\"path\":null,\"sha256\":null,\"bytes\":0}}", Description = "no such shard")]
    [TestCase("{\"operation\":\"op\",\"shard\":{\"dataset\":\"../b\",\"index\":1},\"token\":{\"incarnation\":1,\"epoch\":1},\"output\":{\"path\":null,\"sha256\":null,\"bytes\":0}}", Description = "no such dataset")]
    [TestCase("{\"operation\":\"op\",\"shard\":{\"dataset\":\"a/b\",\"index\":1},\"token\":{\"incarnation\":1,\"epoch\":1},\"output\":{\"path\":null,\"sha256\":\"xyz\",\"bytes\":0}}", Description = "no hash")]
    [TestCase("{\"operation\":\"op\",\"shard\":{\"dataset\":\"a/b\",\"index\":1},\"token\":{\"incarnation\":1,\"epoch\":1},\"output\":{\"path\":null,\"sha256\":null,\"bytes\":0},\"more\":1}", Description = "a name that is unknown")]
    [TestCase("{\"operation\":", Description = "half of it")]
    public async Task A_body_that_does_not_fit_is_refused_with_a_sentence(string body)
    {
        var answer = await Holder().PostAsync(Routes.Commit, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.DetailAsync(), Does.EndWith(".").And.Length.GreaterThan(20));
    }

    private HttpClient Holder() => Host.Client(PassRole.Holder, "job", Commit.Shard, Commit.Token);
}
