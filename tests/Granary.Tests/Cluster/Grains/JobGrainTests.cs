using Granary.Cluster.Ledger;
using Granary.Core.Configuration;

namespace Granary.Cluster.Grains.Tests;

public sealed class JobGrainTests
{
    private static readonly JobSubmission Submission = new() { Key = "j", Configuration = "name: demo", Priority = 2 };

    private TestCluster _cluster = null!;

    [SetUp]
    public async Task StartAsync() => _cluster = await TestCluster.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    private IJobGrain Job => _cluster.Job("j");

    [Test]
    public async Task A_job_is_one_call_of_the_program_in_a_drivers_place()
    {
        var snapshot = await Job.SubmitAsync(Submission, "me");

        var lease = await _cluster.LeaseAsync(drivers: 1);

        Assert.Multiple(async () =>
        {
            Assert.That((snapshot.Name, snapshot.Status, snapshot.Submitter, snapshot.Priority), Is.EqualTo(("demo", JobStatus.Queued, "me", 2)));
            Assert.That((lease!.Shard.Dataset, lease.Kind), Is.EqualTo(("j/driver", DatasetKind.Driver)));
            Assert.That(lease.Work.Arguments, Is.EqualTo(new[] { "run", "/shared/jobs/j/config.yaml", "--runs", "/shared/jobs/j/runs", "--json" }));
            Assert.That(lease.Work.Environment, Is.EqualTo(new Dictionary<string, string> { ["GRANARY_JOB_ID"] = "j" }));
            Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Running));
            Assert.That((await Job.SnapshotAsync())!.Node, Is.EqualTo("n"));
            Assert.That(await _cluster.Grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Jobs).ListAsync(), Is.EqualTo(new[] { "j" }));
        });
    }

    [Test]
    public async Task A_submission_with_the_key_of_another_job_is_refused_and_makes_none()
    {
        Assert.That(() => Job.SubmitAsync(Submission with { Key = "other" }, "me"), Throws.TypeOf<RequestRefusedException>().With.Message.Contains("'other'"));
        Assert.That(await Job.SnapshotAsync(), Is.Null);
        Assert.That(await _cluster.LeaseAsync(drivers: 1), Is.Null);
    }

    [Test]
    public async Task What_is_known_of_a_job_goes_so_long_after_its_end_and_its_name_is_free_again()
    {
        await Job.SubmitAsync(Submission, "me");
        await _cluster.CreateAsync("j/tokens", shards: 2);
        await _cluster.CommitAsync((await _cluster.LeaseAsync(drivers: 1))!);
        var ended = (await Job.SnapshotAsync())!;
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay);
        var tooEarly = await Job.ExpireAsync();
        _cluster.Clock.Jump(TimeSpan.FromMinutes(1));

        var isGone = await Job.ExpireAsync();

        Assert.Multiple(async () =>
        {
            Assert.That((ended.Status, tooEarly, isGone), Is.EqualTo((JobStatus.Done, false, true)));
            Assert.That(await Job.SnapshotAsync(), Is.Null);
            Assert.That(await _cluster.Grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Jobs).ListAsync(), Is.Empty);
            Assert.That(await _cluster.Dataset("j/tokens").SnapshotAsync(), Is.Null);
            Assert.That(_cluster.Ledger.Lines, Is.Empty);
            Assert.That((await Job.SubmitAsync(Submission with { Configuration = "name: other" }, "me")).Status, Is.EqualTo(JobStatus.Queued));
            Assert.That(await _cluster.LeaseAsync(drivers: 1), Is.Not.Null);
        });
    }

    [Test]
    public async Task A_job_that_goes_on_is_kept_however_old_it_is()
    {
        await Job.SubmitAsync(Submission, "me");
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay * 2);

        Assert.That(await Job.ExpireAsync(), Is.False);
        Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Queued));
    }

    [Test]
    public async Task A_removal_that_a_database_cut_short_goes_on_with_the_next_look()
    {
        await Job.SubmitAsync(Submission, "me");
        await _cluster.CommitAsync((await _cluster.LeaseAsync(drivers: 1))!);
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay);
        _cluster.Clock.Jump(TimeSpan.FromMinutes(1));
        var calls = 0;
        _cluster.Faults = method => method == nameof(IClusterLedger.RemoveAsync) && ++calls == 2 ? LedgerFault.After : LedgerFault.None;

        Assert.That(() => Job.ExpireAsync(), Throws.TypeOf<LedgerUnavailableException>());
        Assert.That(await Job.ExpireAsync(), Is.True);
        Assert.That(await Job.SnapshotAsync(), Is.Null);
    }

    [Test]
    public async Task A_hundred_submissions_at_once_are_one_job()
    {
        var snapshots = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Job.SubmitAsync(Submission with { }, "me")));

        Assert.Multiple(async () =>
        {
            Assert.That(snapshots.Distinct().Count(), Is.EqualTo(1));
            Assert.That(await _cluster.LeaseAsync(drivers: 1), Is.Not.Null);
            Assert.That(await _cluster.LeaseAsync(drivers: 1), Is.Null);
        });
    }

    [Test]
    public async Task Another_job_of_the_same_key_is_a_conflict_even_after_it_ended()
    {
        await Job.SubmitAsync(Submission, "me");
        await Job.CancelAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(() => Job.SubmitAsync(Submission with { Configuration = "name: other" }, "me"), Throws.TypeOf<LedgerConflictException>());
            Assert.That((await Job.SubmitAsync(Submission, "me")).Status, Is.EqualTo(JobStatus.Cancelled));
        });
    }

    [Test]
    public void What_no_job_can_be_is_refused_before_anything_is_kept()
    {
        Assert.Multiple(async () =>
        {
            Assert.That(() => Job.SubmitAsync(Submission with { Command = "rm" }, "me"), Throws.TypeOf<RequestRefusedException>());
            Assert.That(() => Job.SubmitAsync(Submission with { Configuration = "nme: demo" }, "me"), Throws.TypeOf<ConfigurationException>());
            Assert.That(await Job.SnapshotAsync(), Is.Null);
        });
    }

    [Test]
    public async Task A_process_that_ends_in_failure_is_attempted_again_as_often_as_it_may()
    {
        await Job.SubmitAsync(Submission, "me");
        var between = new List<JobStatus>();

        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _cluster.FailAsync((await _cluster.LeaseAsync(drivers: 1))!);
            between.Add((await Job.SnapshotAsync())!.Status);
        }

        var ended = await Job.SnapshotAsync();
        Assert.Multiple(() =>
        {
            Assert.That(between, Is.EqualTo(new[] { JobStatus.Queued, JobStatus.Queued, JobStatus.Failed }));
            Assert.That((ended!.Attempts, ended.Failure, ended.Ended), Is.EqualTo((3, "it failed", (DateTimeOffset?)_cluster.Clock.GetUtcNow())));
        });
    }

    [Test]
    public async Task A_process_whose_node_is_lost_is_attempted_again_and_that_is_no_failure()
    {
        await Job.SubmitAsync(Submission, "me");
        await _cluster.LeaseAsync("n1", drivers: 1);

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime);
        var again = await _cluster.LeaseOnceThereIsOneAsync("n2", drivers: 1);
        await _cluster.CommitAsync(again);

        var ended = await Job.SnapshotAsync();
        Assert.That((ended!.Status, ended.Attempts, ended.Node, ended.Failure), Is.EqualTo((JobStatus.Done, 2, "n2", (string?)null)));
    }

    [TestCase(true, JobStatus.Done)]
    [TestCase(false, JobStatus.Cancelled)]
    public async Task What_is_left_of_its_datasets_ends_with_it(bool isDone, JobStatus expected)
    {
        await Job.SubmitAsync(Submission, "me");
        var driver = await _cluster.LeaseAsync(drivers: 1);
        await _cluster.CreateAsync("j/tokens", shards: 2);
        var part = await _cluster.LeaseAsync();

        await (isDone ? _cluster.CommitAsync(driver!) : Job.CancelAsync());

        Assert.Multiple(async () =>
        {
            Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(expected));
            Assert.That(await _cluster.CommitAsync(part!), Is.False);
            Assert.That((await _cluster.Dataset("j/tokens").SnapshotAsync())!.Shards[ShardState.Cancelled], Is.EqualTo(2));
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
            Assert.That(() => _cluster.CreateAsync("j/late", shards: 1), Throws.TypeOf<LedgerConflictException>().With.Message.Contains("'j'"));
            Assert.That(() => _cluster.Dataset("j/tokens").AddAsync("op", [TestCluster.Work("x")]), Throws.TypeOf<LedgerConflictException>());
        });
    }

    [Test]
    public async Task A_driver_that_committed_before_the_cancellation_has_made_the_job_done()
    {
        await Job.SubmitAsync(Submission, "me");
        var driver = (await _cluster.LeaseAsync(drivers: 1))!;
        _cluster.Ledger.Commit("op", driver.Shard, driver.Token, new ShardOutput(null, null, 0));

        await Job.CancelAsync();

        Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Done));
    }

    [Test]
    public async Task Jobs_that_ended_stay_as_they_ended_for_the_next_coordinator()
    {
        await Job.SubmitAsync(Submission, "me");
        await Job.CancelAsync();
        await _cluster.RestartAsync();

        await ClusterResumption.ResumeAsync(_cluster.Grains);

        Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Cancelled));
    }

    /// <summary>The database fails at one call of a submission, before or after it did what it was asked; the next coordinator goes on.</summary>
    [TestCaseSource(nameof(FaultPlaces))]
    public async Task A_submission_that_broke_off_anywhere_goes_on(int call, object fault)
    {
        FailOnce(call, (LedgerFault)fault);
        try
        {
            await Job.SubmitAsync(Submission, "me");
        }
        catch (LedgerUnavailableException)
        {
            // As the submitter is told, who may go away for good.
        }

        _cluster.Faults = _ => LedgerFault.None;
        await _cluster.RestartAsync();
        await ClusterResumption.ResumeAsync(_cluster.Grains);
        await _cluster.CommitAsync(await _cluster.LeaseOnceThereIsOneAsync(drivers: 1));

        Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Done));
    }

    [TestCaseSource(nameof(FaultPlaces))]
    public async Task A_cancellation_that_broke_off_anywhere_goes_on(int call, object fault)
    {
        await Job.SubmitAsync(Submission, "me");
        await _cluster.LeaseAsync(drivers: 1);
        await _cluster.CreateAsync("j/tokens", shards: 2);
        FailOnce(call, (LedgerFault)fault);
        try
        {
            await Job.CancelAsync();
        }
        catch (LedgerUnavailableException)
        {
            // As the one who cancels is told, who may go away for good.
        }

        _cluster.Faults = _ => LedgerFault.None;
        await _cluster.RestartAsync();
        await ClusterResumption.ResumeAsync(_cluster.Grains);

        Assert.Multiple(async () =>
        {
            Assert.That((await Job.SnapshotAsync())!.Status, Is.EqualTo(JobStatus.Cancelled));
            Assert.That((await _cluster.Dataset("j/tokens").SnapshotAsync())!.Shards[ShardState.Cancelled], Is.EqualTo(2));
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
        });
    }

    private static IEnumerable<object[]> FaultPlaces()
    {
        return
            from call in Enumerable.Range(0, 8)
            from fault in new[] { LedgerFault.Before, LedgerFault.After }
            select new object[] { call, fault };
    }

    private void FailOnce(int call, LedgerFault fault)
    {
        var calls = 0;
        _cluster.Faults = _ => Interlocked.Increment(ref calls) - 1 == call ? fault : LedgerFault.None;
    }
}
