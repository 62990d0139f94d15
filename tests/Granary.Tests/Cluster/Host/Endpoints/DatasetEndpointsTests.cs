using System.Net;
using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class DatasetEndpointsTests : EndpointFixture
{
    private DatasetSpec Spec => new() { Id = "a/tokens", Job = "a", Shards = [JobWork.Tokens(Path.Combine(Host.Folder, "jobs", "a", "runs", "tiny"), 0)] };

    [Test]
    public async Task A_dataset_has_its_jobs_priority()
    {
        Host.Cluster.Jobs["a"] = FakeCluster.Job("a") with { Priority = 7 };
        int? seen = null;
        Host.Cluster.Grain<IDatasetGrain>("a/tokens").On(nameof(IDatasetGrain.CreateAsync), arguments =>
        {
            seen = (int)arguments[1]!;
            return Task.CompletedTask;
        });

        var answer = await Host.Driver("a").SendAsync(Routes.Datasets, Spec);

        Assert.That((answer.StatusCode, seen), Is.EqualTo((HttpStatusCode.Created, 7)));
    }

    [Test]
    public async Task Shards_are_added_behind_those_that_are_there()
    {
        var reply = await (await Host.Driver("a").SendAsync(Routes.Shards, new AddRequest("op", "a/tokens", Spec.Shards))).ReadAsync<AddReply>();

        Assert.That(reply.First, Is.EqualTo(7));
    }

    [Test]
    public async Task A_wait_is_bounded_and_reaches_the_grain_with_its_version()
    {
        object?[]? seen = null;
        Host.Cluster.Grain<IDatasetGrain>("a/tokens").On(nameof(IDatasetGrain.WaitAsync), arguments =>
        {
            seen = arguments;
            return Task.FromResult<DatasetSnapshot?>(FakeCluster.Dataset("a/tokens", "a"));
        });

        await Host.Driver("a").GetAsync($"{Routes.Datasets}?id=a%2Ftokens&after=5&wait=900.5");

        Assert.That(seen, Is.EqualTo(new object[] { 5L, TimeSpan.FromSeconds(25) }));
    }

    [Test]
    public async Task A_wait_ends_with_the_coordinator()
    {
        var waits = new TaskCompletionSource();
        Host.Cluster.Grain<IDatasetGrain>("a/tokens").On(nameof(IDatasetGrain.WaitAsync), _ =>
        {
            waits.SetResult();
            return new TaskCompletionSource<DatasetSnapshot?>().Task;
        });

        var answer = Host.Driver("a").GetAsync($"{Routes.Datasets}?id=a%2Ftokens&after=5&wait=30");
        await waits.Task;
        var stop = Host.StopAsync();

        Assert.That((await answer).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await answer).Headers.RetryAfter, Is.Not.Null);
        await stop;
    }

    [Test]
    public async Task An_unknown_dataset_is_not_found()
    {
        var answer = await Host.Client(TokenRole.Read).GetAsync($"{Routes.Datasets}?id=none");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Ranks_are_a_dataset_too()
    {
        var rank = new ShardWork
        {
            Arguments = JobWork.Rank(Path.Combine(Host.Folder, "jobs", "a", "runs", "tiny")),
            Environment = new Dictionary<string, string> { ["GRANARY_GENERATION"] = "1" },
        };

        var answer = await Host.Driver("a").SendAsync(Routes.Datasets, Spec with { Kind = DatasetKind.Ranks, Shards = [rank, rank] });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("a/driver", "a", DatasetKind.Driver, Description = "a job's own process")]
    [TestCase("a/other", "a", DatasetKind.Driver, Description = "a process under another name")]
    [TestCase("a/driver", "a", DatasetKind.Work, Description = "the name of a job's own process")]
    [TestCase("tokens", "a", DatasetKind.Work, Description = "no job in front")]
    [TestCase("ab/tokens", "a", DatasetKind.Work, Description = "another job in front")]
    public async Task No_dataset_from_outside_is_a_jobs_own_process_or_named_after_another_job(string id, string job, DatasetKind kind)
    {
        var answer = await Host.Client(TokenRole.Admin).SendAsync(Routes.Datasets, Spec with { Id = id, Job = job, Kind = kind });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Host.Cluster.Changes, Is.Empty);
    }

    [Test]
    public async Task Nothing_is_added_to_a_jobs_own_process()
    {
        var answer = await Host.Driver("a").SendAsync(Routes.Shards, new AddRequest("op", "a/driver", Spec.Shards));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    /// <summary>Nobody, whatever the token, has workers run what is none of a job's calls; of many shards one is enough.</summary>
    [TestCase(TokenRole.Admin)]
    [TestCase(TokenRole.Submit)]
    [TestCase(null, Description = "a job's own process")]
    public async Task Work_that_is_none_of_a_jobs_calls_is_refused_with_a_sentence(TokenRole? role)
    {
        var client = role is { } known ? Host.Client(known) : Host.Driver("a");
        var shards = Spec.Shards.Append(new ShardWork { Arguments = ["token", "add", "mine", "--role", "admin"] }).ToList();

        var made = await client.SendAsync(Routes.Datasets, Spec with { Shards = shards });
        var added = await client.SendAsync(Routes.Shards, new AddRequest("op", "a/tokens", shards));

        Assert.That((made.StatusCode, added.StatusCode), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest)));
        Assert.That(await made.DetailAsync(), Does.Contain("No worker runs 'granary token add mine --role admin' for a job."));
        Assert.That(await added.DetailAsync(), Does.Contain("decompose tokens --run RUN"));
        Assert.That(Host.Cluster.Changes, Is.Empty);
    }

    [Test]
    public async Task No_list_is_longer_than_a_thousand()
    {
        object?[]? seen = null;
        Host.Cluster.Grain<IDatasetGrain>("a/tokens").On(nameof(IDatasetGrain.ListAsync), arguments =>
        {
            seen = arguments;
            return Task.FromResult<IReadOnlyList<ShardRow>>([]);
        });

        await Host.Client(TokenRole.Read).GetAsync($"{Routes.Shards}?id=a%2Ftokens&from=-5&count=1000000");

        Assert.That(seen, Is.EqualTo(new object[] { 0, 1_000 }));
    }
}
