using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Orleans.Runtime;

namespace Granary.Cluster.Host.Endpoints.Tests;

/// <summary>What callers are told when something fails, and how much one of them may ask for.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FailureTests
{
    [Test]
    public async Task A_database_that_is_away_means_later_and_the_same_again()
    {
        await using var host = await RunningHost.StartAsync();
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(new LedgerUnavailableException("away", new IOException())));

        var answer = await host.Client(TokenRole.Read).GetAsync(Routes.Queue);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(2)));
        Assert.That(await answer.DetailAsync(), Does.Contain("with the same operation"));
    }

    [Test]
    public async Task A_grain_that_the_database_kept_from_coming_to_life_means_later_too()
    {
        await using var host = await RunningHost.StartAsync();
        var away = new OrleansException("Storage could not read the state.", new LedgerUnavailableException("away", new IOException()));
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(away));

        var answer = await host.Client(TokenRole.Read).GetAsync(Routes.Queue);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task An_outage_is_logged_whole_once_and_then_counted_until_it_is_over()
    {
        await using var host = await RunningHost.StartAsync();
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(new LedgerUnavailableException("away", new IOException("the disk"))));
        var client = host.Client(TokenRole.Read);

        for (var request = 0; request < 50; request++)
        {
            await client.GetAsync(Routes.Queue);
        }

        host.Clock.Advance(OutageLog.Interval);
        var during = Outages(host);
        host.Clock.Advance(OutageLog.Interval);
        await client.GetAsync(Routes.Queue);

        Assert.Multiple(() =>
        {
            Assert.That(during, Has.Count.EqualTo(2));
            Assert.That(during[0], Does.Contain("The database has no answer for GET '/v1/queue'").And.Contain(nameof(LedgerUnavailableException)).And.Contain("   at "));
            Assert.That(during[1], Does.Contain("had no answer for 49 more requests in 30 s, the last of them GET '/v1/queue': the disk").And.Not.Contain("   at "));
            Assert.That(Outages(host), Has.Count.EqualTo(3), "the next one is told of whole");
            Assert.That(Outages(host)[2], Does.Contain("   at "));
        });
    }

    [Test]
    public async Task Another_kind_of_failure_is_told_of_beside_the_first()
    {
        await using var host = await RunningHost.StartAsync();
        var kinds = new Queue<Exception>([new LedgerUnavailableException("away", new IOException()), new TimeoutException("busy"), new LedgerUnavailableException("away", new IOException()), new TimeoutException("busy")]);
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(kinds.Dequeue()));

        while (kinds.Count > 0)
        {
            await host.Client(TokenRole.Read).GetAsync(Routes.Queue);
        }

        Assert.That(Outages(host).Select(line => line.Contains("The database has no answer", StringComparison.Ordinal)), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task A_fault_of_the_coordinator_is_told_of_by_a_number_and_logged_whole()
    {
        await using var host = await RunningHost.StartAsync();
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(new InvalidOperationException("the inner truth")));

        var answer = await host.Client(TokenRole.Read).GetAsync(Routes.Queue);

        var detail = await answer.DetailAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(detail, Does.Not.Contain("truth"));
        Assert.That(host.Logs.Lines, Has.Some.Contains("the inner truth").And.Some.Contains(detail.Split('\'')[1]));
    }

    [Test]
    public async Task A_refused_request_gives_the_grains_own_sentence()
    {
        await using var host = await RunningHost.StartAsync();
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(new RequestRefusedException("No queue is like this.")));

        var answer = await host.Client(TokenRole.Read).GetAsync(Routes.Queue);

        Assert.That((answer.StatusCode, await answer.DetailAsync()), Is.EqualTo((HttpStatusCode.BadRequest, "No queue is like this.")));
    }

    [Test]
    public async Task A_body_above_the_routes_limit_is_refused_and_shards_have_more_room()
    {
        await using var host = await RunningHost.StartAsync(limits => limits with { BodyBytes = 10_000, ShardBodyBytes = 1_000_000 });
        var configuration = new string('x', 50_000);

        var job = await host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, new JobSubmission { Key = "a", Configuration = configuration });
        var shards = await host.Driver("a").SendAsync(Routes.Shards, new AddRequest("op", "a/b", [.. Enumerable.Repeat(JobWork.Tokens(Path.Combine(host.Folder, "jobs", "a", "runs", "tiny"), 0), 500)]));

        Assert.That((job.StatusCode, shards.StatusCode), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.OK)));
    }

    [Test]
    public async Task Headers_above_the_limit_are_refused()
    {
        await using var host = await RunningHost.StartAsync();
        var client = host.Client(TokenRole.Read);
        client.DefaultRequestHeaders.Add("X-Long", new string('x', 20_000));

        var answer = await client.GetAsync(Routes.Queue);

        Assert.That((int)answer.StatusCode, Is.EqualTo(431));
    }

    [Test]
    public async Task A_body_nested_deeper_than_the_wire_allows_is_refused()
    {
        await using var host = await RunningHost.StartAsync();
        var body = $"{{\"operation\":{new string('[', 100_000)}";

        var answer = await host.Client(PassRole.Holder, "a", new ShardKey("a/b", 0), new LeaseToken(1, 1)).PostAsync(Routes.Commit, new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_body_of_another_type_is_refused()
    {
        await using var host = await RunningHost.StartAsync();

        var answer = await host.Client(PassRole.Holder, "a", new ShardKey("a/b", 0), new LeaseToken(1, 1)).PostAsync(Routes.Commit, new StringContent("{}", Encoding.UTF8, "text/plain"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(await answer.DetailAsync(), Does.Contain("application/json"));
    }

    [Test]
    public async Task Above_the_limit_of_waits_new_ones_are_turned_away_and_heartbeats_are_not()
    {
        await using var host = await RunningHost.StartAsync(limits => limits with { Waits = 1 });
        var (waits, end) = (new TaskCompletionSource(), new TaskCompletionSource<ShardLease?>());
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.LeaseNextAsync), _ =>
        {
            waits.TrySetResult();
            return end.Task;
        });
        var offer = new NodeOffer("n", 1, 0, AcceptsRanks: false);

        var first = host.Client(TokenRole.Worker).SendAsync(Routes.Leases, offer);
        await waits.Task;
        var second = await host.Client(TokenRole.Worker).SendAsync(Routes.Leases, offer);
        var heartbeat = await host.Client(TokenRole.Worker).SendAsync("/v1/nodes/n/heartbeat", new Heartbeat([], IsDraining: false));
        end.SetResult(null);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(second.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(await second.DetailAsync(), Does.Contain("again after"));
        Assert.That(heartbeat.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await first).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    private static List<string> Outages(RunningHost host) => [.. host.Logs.Lines.Where(line => line.StartsWith(typeof(OutageLog).FullName!, StringComparison.Ordinal))];
}
