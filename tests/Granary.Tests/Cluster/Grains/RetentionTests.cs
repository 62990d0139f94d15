using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

/// <summary>What the queue's own timer takes out, so long after its end, and what it leaves.</summary>
public sealed class RetentionTests
{
    private static readonly JobSubmission Submission = new() { Key = "j", Configuration = "name: x" };

    private TestCluster _cluster = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.Queue.SnapshotAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    [Test]
    public async Task An_ended_job_is_kept_for_its_time_and_then_taken_out_by_itself()
    {
        await _cluster.Job("j").SubmitAsync(Submission, "me");
        await _cluster.CreateAsync("j/tokens", shards: 2);
        await _cluster.CommitAsync((await _cluster.LeaseAsync(drivers: 1))!);

        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay - (QueueGrain.LookForEndedJobs * 3));
        await LookAsync();
        var before = await _cluster.Job("j").SnapshotAsync();
        await LookUntilAsync(async () => await _cluster.Job("j").SnapshotAsync() is null);

        Assert.That(before!.Status, Is.EqualTo(JobStatus.Done));
        Assert.That(_cluster.Ledger.Lines, Is.Empty);
        Assert.That(await NamesAsync(IDirectoryGrain.Jobs), Is.Empty);
    }

    [Test]
    public async Task A_run_from_a_terminal_is_taken_out_so_long_after_it_handed_out_its_last_work()
    {
        await _cluster.CreateAsync("run-1/tokens", shards: 3, job: "run-1");
        await _cluster.CommitAsync((await _cluster.LeaseAsync())!);
        var known = await NamesAsync(IDirectoryGrain.Runs);

        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay);
        await LookUntilAsync(async () => (await NamesAsync(IDirectoryGrain.Runs)).Count == 0);

        Assert.That(known, Is.EqualTo(new[] { "run-1" }));
        Assert.That(await _cluster.Dataset("run-1/tokens").SnapshotAsync(), Is.Null);
        Assert.That(_cluster.Ledger.Lines, Is.Empty);
        Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty, "nobody waits for the two that are left");
        Assert.That(await NamesAsync(IDirectoryGrain.Jobs), Is.Empty, "a run is no job");
    }

    [Test]
    public async Task A_run_of_which_somebody_holds_a_part_stays()
    {
        await _cluster.CreateAsync("run-1/tokens", shards: 1, job: "run-1");
        var lease = (await _cluster.LeaseAsync())!;
        for (var day = 0; day < 31; day++)
        {
            _cluster.Ledger.Renew([(lease.Shard, lease.Token)], TimeSpan.FromDays(2));
            _cluster.Clock.Jump(TimeSpan.FromDays(1));
        }

        var isGone = await _cluster.Job("run-1").ExpireAsync();
        _cluster.Clock.Jump(TimeSpan.FromDays(2));
        var isGoneBehindTheLease = await _cluster.Job("run-1").ExpireAsync();

        Assert.That((isGone, isGoneBehindTheLease), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Each_hour_in_which_a_run_hands_work_out_begins_its_time_anew()
    {
        await _cluster.CreateAsync("run-1/tokens", shards: 1, job: "run-1");
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay / 2);
        await _cluster.Dataset("run-1/tokens").AddAsync("more", [TestCluster.Work("x")]);
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay / 2 + TimeSpan.FromHours(1));

        var tooEarly = await _cluster.Job("run-1").ExpireAsync();
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay / 2);

        Assert.That((tooEarly, await _cluster.Job("run-1").ExpireAsync()), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task A_database_that_does_not_answer_costs_a_look_only()
    {
        await _cluster.Job("j").SubmitAsync(Submission, "me");
        await _cluster.Job("j").CancelAsync();
        _cluster.Faults = method => method == nameof(IClusterLedger.RemoveAsync) ? LedgerFault.Before : LedgerFault.None;
        _cluster.Clock.Jump(TestCluster.Options.EndedJobsStay);
        await LookAsync();
        await LookAsync();
        var during = await _cluster.Job("j").SnapshotAsync();
        _cluster.Faults = _ => LedgerFault.None;

        await LookUntilAsync(async () => await _cluster.Job("j").SnapshotAsync() is null);

        Assert.That(during, Is.Not.Null);
    }

    private async Task LookAsync()
    {
        _cluster.Clock.Advance(QueueGrain.LookForEndedJobs);
        await _cluster.Queue.SnapshotAsync();
    }

    // A look goes on after the clock's call has come back, so time goes on until what it does is seen.
    private async Task LookUntilAsync(Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            await LookAsync();
        }
    }

    private Task<IReadOnlyList<string>> NamesAsync(string directory) => _cluster.Grains.GetGrain<IDirectoryGrain>(directory).ListAsync();
}
