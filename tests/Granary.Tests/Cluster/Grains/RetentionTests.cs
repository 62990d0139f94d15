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

        await JumpAsync(TestCluster.Options.EndedJobsStay - (QueueGrain.LookForEndedJobs * 3));
        await LookAsync();
        var before = await _cluster.Job("j").SnapshotAsync();
        await LookAsync(times: 3);

        Assert.That(before!.Status, Is.EqualTo(JobStatus.Done));
        Assert.That(await _cluster.Job("j").SnapshotAsync(), Is.Null);
        Assert.That(_cluster.Ledger.Lines, Is.Empty);
        Assert.That(await NamesAsync(IDirectoryGrain.Jobs), Is.Empty);
    }

    [Test]
    public async Task A_run_from_a_terminal_is_taken_out_so_long_after_it_handed_out_its_last_work()
    {
        await _cluster.CreateAsync("run-1/tokens", shards: 3, job: "run-1");
        await _cluster.CommitAsync((await _cluster.LeaseAsync())!);
        var known = await NamesAsync(IDirectoryGrain.Runs);

        await JumpAsync(TestCluster.Options.EndedJobsStay);
        await LookAsync();

        Assert.That(known, Is.EqualTo(new[] { "run-1" }));
        Assert.That(await NamesAsync(IDirectoryGrain.Runs), Is.Empty);
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
        await JumpAsync(TestCluster.Options.EndedJobsStay);
        await LookAsync(times: 2);
        var during = await _cluster.Job("j").SnapshotAsync();
        _cluster.Faults = _ => LedgerFault.None;

        await LookAsync();

        Assert.That(during, Is.Not.Null);
        Assert.That(await _cluster.Job("j").SnapshotAsync(), Is.Null);
    }

    [Test]
    public async Task A_name_whose_record_is_gone_goes_at_the_next_look([Values(IDirectoryGrain.Jobs, IDirectoryGrain.Runs)] string directory)
    {
        await _cluster.Grains.GetGrain<IDirectoryGrain>(directory).AddAsync("j");

        await LookAsync();

        Assert.That(await NamesAsync(directory), Is.Empty);
    }

    // The queue may have been idle for too long by then, so that it is made anew here.
    private async Task JumpAsync(TimeSpan time)
    {
        _cluster.Clock.Jump(time);
        await _cluster.Queue.SnapshotAsync();
        await _cluster.Clock.WhenTimerAsync(QueueGrain.LookForEndedJobs);
    }

    // A look is over once the next one is due: to move the clock on before would let its calls have taken too long.
    private async Task LookAsync(int times = 1)
    {
        for (var look = 0; look < times; look++)
        {
            _cluster.Clock.Advance(QueueGrain.LookForEndedJobs);
            await _cluster.Clock.WhenTimerAsync(QueueGrain.LookForEndedJobs);
        }
    }

    private Task<IReadOnlyList<string>> NamesAsync(string directory) => _cluster.Grains.GetGrain<IDirectoryGrain>(directory).ListAsync();
}
