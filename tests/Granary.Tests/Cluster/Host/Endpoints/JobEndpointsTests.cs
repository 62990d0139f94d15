using System.Net;
using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Configuration;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class JobEndpointsTests : EndpointFixture
{
    private static readonly JobSubmission Submission = new() { Key = "tiny-1", Configuration = "name: tiny" };

    [Test]
    public async Task A_job_that_waits_for_what_no_node_has_says_so_in_the_list_and_by_itself()
    {
        Host.Cluster.Jobs["a"] = FakeCluster.Job("a");
        Host.Cluster.Jobs["b"] = FakeCluster.Job("b");
        Host.Cluster.Nodes["n"] = new NodeSnapshot(FakeCluster.Node("n"), default, IsLost: false, IsDraining: false, []);
        Host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromResult(new QueueSnapshot(
            [new QueuedDataset("a/tokens", "a", DatasetKind.Work, 0, 1, Waiting: 8), new QueuedDataset("b/tokens", "b", DatasetKind.Work, 0, 1, Waiting: 2)])));

        var listed = (await (await Host.Client(TokenRole.Read).GetAsync(Routes.Jobs)).ReadAsync<JobSnapshot[]>()).ToDictionary(job => job.Id, job => job.Waits);
        var alone = await (await Host.Client(TokenRole.Read).GetAsync($"{Routes.Jobs}/a")).ReadAsync<JobSnapshot>();

        Assert.That((listed["a"], listed["b"]), Is.EqualTo(("waits for a node with 8 threads; the largest has 2", (string?)null)));
        Assert.That(alone.Waits, Is.EqualTo(listed["a"]));
    }

    [Test]
    public async Task A_job_is_made_once_under_the_name_of_its_token()
    {
        var first = await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission);
        var again = await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission);

        Assert.That((first.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.OK)));
        Assert.That(first.Headers.Location!.ToString(), Is.EqualTo("/v1/jobs/tiny-1"));
        Assert.That((await first.ReadAsync<JobSnapshot>()).Submitter, Is.EqualTo("the-Submit"));
    }

    [Test]
    public async Task Another_job_with_its_key_is_a_conflict()
    {
        Host.Cluster.Grain<IJobGrain>("tiny-1").On(nameof(IJobGrain.SubmitAsync), _ => Task.FromException<JobSnapshot>(new LedgerConflictException("There is a job 'tiny-1' with another content.")));

        var answer = await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await answer.DetailAsync(), Does.Contain("another content"));
    }

    [Test]
    public async Task A_configuration_with_faults_is_refused_with_all_of_them()
    {
        Host.Cluster.Grain<IJobGrain>("tiny-1").On(nameof(IJobGrain.SubmitAsync), _ => Task.FromException<JobSnapshot>(new ConfigurationException("configuration", ["First.", "Second."])));

        var answer = await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var errors = (await answer.ReadAsync<System.Text.Json.JsonElement>()).GetProperty("errors").EnumerateArray().Select(error => error.GetString());
        Assert.That(errors, Is.EqualTo(new[] { "First.", "Second." }));
    }

    [TestCase("")]
    [TestCase("../x")]
    [TestCase("a b")]
    [TestCase("<script>")]
    public async Task A_key_that_can_be_no_folder_is_refused(string key)
    {
        var answer = await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission with { Key = key });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.DetailAsync(), Does.Contain($"'{key}' but must be"));
    }

    [Test]
    public async Task Jobs_are_listed_found_and_cancelled()
    {
        Host.Cluster.Jobs["a"] = FakeCluster.Job("a");
        var client = Host.Client(TokenRole.Submit);

        var all = await (await client.GetAsync(Routes.Jobs)).ReadAsync<JobSnapshot[]>();
        var one = await (await client.GetAsync("/v1/jobs/a")).ReadAsync<JobSnapshot>();
        var none = await client.GetAsync("/v1/jobs/b");
        var cancelled = await client.DeleteAsync("/v1/jobs/a");

        Assert.That(all.Select(job => job.Id), Is.EqualTo(new[] { "a" }));
        Assert.That(one, Is.EqualTo(FakeCluster.Job("a")));
        Assert.That(await none.DetailAsync(), Is.EqualTo("There is no job 'b'. GET /v1/jobs lists what there is."));
        Assert.That(cancelled.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That(Host.Cluster.Changes, Is.EqualTo(new[] { "cancel a" }));
    }

    [Test]
    public async Task A_jobs_datasets_are_those_of_the_ledger()
    {
        Host.Cluster.Datasets["a/tokens"] = FakeCluster.Dataset("a/tokens", "a", (ShardState.Done, 3), (ShardState.Free, 1));
        Host.Cluster.Datasets["b/tokens"] = FakeCluster.Dataset("b/tokens", "b", (ShardState.Free, 1));

        var datasets = await (await Host.Client(TokenRole.Read).GetAsync("/v1/jobs/a/datasets")).ReadAsync<DatasetSnapshot[]>();

        Assert.That(datasets.Select(dataset => (dataset.Id, dataset.Shards[ShardState.Done])), Is.EqualTo(new[] { ("a/tokens", 3) }));
    }

    [Test]
    public async Task Who_handed_in_cancelled_and_drained_stands_in_the_log()
    {
        Host.Cluster.Nodes["n"] = new NodeSnapshot(FakeCluster.Node("n"), default, false, false, []);
        await Host.Client(TokenRole.Submit).SendAsync(Routes.Jobs, Submission);
        await Host.Client(TokenRole.Admin).DeleteAsync("/v1/jobs/tiny-1");
        await Host.Client(TokenRole.Admin).PostAsync("/v1/nodes/n/drain", content: null);

        var audit = Host.Logs.Lines.Where(line => line.StartsWith(typeof(AuditLog).FullName!, StringComparison.Ordinal)).Select(line => line.Split(": ", 2)[1].Trim());

        Assert.That(audit, Is.EqualTo(new[] { "Token 'the-Submit' handed in job 'tiny-1' ('run').", "Token 'the-Admin' cancelled job 'tiny-1'.", "Token 'the-Admin' drained node 'n'." }));
    }
}
