using Granary.Cluster.Submission.Tests;
using Granary.Testing;

namespace Granary.Cluster.Submission.Slurm.Tests;

/// <summary>Submissions as a user makes them, to a fake Slurm that loses replies.</summary>
public sealed class SlurmSubmitterTests
{
    private TempFolder _folder = null!;
    private FakePrograms _slurm = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TempFolder();
        _slurm = new FakePrograms().Answer("squeue", string.Empty).Answer("sacct", string.Empty, 1, "Slurm accounting storage is disabled\n").Answer("scancel", string.Empty);
        Numbered();
    }

    [TearDown]
    public void End()
    {
        _slurm.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Both_parts_are_handed_over_and_the_second_waits_for_the_first()
    {
        var job = await SubmitAsync();

        Assert.That(job.Parts.Select(part => (part.Name, part.Id)), Is.EqualTo(new[] { ("prepare", "1"), ("train", "2") }));
        Assert.That(_slurm.Calls("sbatch"), Has.Count.EqualTo(2));
        Assert.That(_slurm.Calls("sbatch")[1], Does.Contain("--dependency=afterok:1").And.Contain($"--comment=granary:{job.Operation}.train"));
        Assert.That(SubmittedJob.Read(job.RunFolder)!.Parts, Is.EqualTo(job.Parts), "and can be found again");
        Assert.That(File.ReadAllBytes(SlurmScript.PathOf(job.Folder)), Is.EqualTo(SlurmScript.Bytes));
    }

    [Test]
    public async Task The_reply_of_a_cluster_among_several_has_its_name_behind_the_id()
    {
        _slurm.Answer("sbatch", "17;north\n");

        Assert.That((await SubmitAsync()).Parts[0].Id, Is.EqualTo("17"));
    }

    [Test]
    public async Task A_reply_that_is_lost_is_found_by_the_comment_and_nothing_is_handed_over_twice()
    {
        // sbatch is taken, and then times out; squeue shows the job with the comment it was given.
        _slurm.Script("sbatch", $"for a; do case $a in --comment=*) echo \"9|${{a#--comment=}}\" > '{_slurm["squeue.out"]}';; esac; done; echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1");

        var job = await SubmitAsync();

        Assert.That(job.Parts.Select(part => part.Id), Is.EqualTo(new[] { "9", "9" }));
        Assert.That(_slurm.Calls("sbatch"), Has.Count.EqualTo(2), "one for each part");
    }

    [Test]
    public async Task While_the_outcome_is_unknown_submitting_again_looks_and_never_hands_over()
    {
        _slurm.Answer("sbatch", string.Empty, 1, "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n");

        var first = Assert.ThrowsAsync<SubmissionException>(SubmitAsync);
        var second = Assert.ThrowsAsync<SubmissionException>(SubmitAsync);
        var calls = _slurm.Calls("sbatch").Count;
        _slurm.Answer("squeue", $"9|granary:{SubmittedJob.Read(_folder["runs", "tiny"])!.Operation}.prepare\n");
        Numbered();
        var job = await SubmitAsync();

        Assert.That(first.IsUnknown && second.IsUnknown, Is.True);
        Assert.That(second.Message, Does.Contain("It is not handed over twice"));
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(job.Parts[0].Id, Is.EqualTo("9"), "it was there all the time");
        Assert.That(_slurm.Calls("sbatch"), Has.Count.EqualTo(2), "the second part only");
    }

    [Test]
    public async Task A_process_that_dies_behind_sbatch_leaves_what_the_next_one_takes_up()
    {
        using var stop = new CancellationTokenSource();
        _slurm.Script("sbatch", $"for a; do case $a in --comment=*) echo \"9|${{a#--comment=}}\" > '{_slurm["squeue.out"]}';; esac; done; mkfifo '{_slurm["never"]}'; : > '{_slurm["taken"]}'; read x < '{_slurm["never"]}'");
        var dying = Desk().SubmitAsync(Order(), Orders.MakeFolder(Order()), stop.Token);
        SpinWait.SpinUntil(() => File.Exists(_slurm["taken"]));
        await stop.CancelAsync();
        Assert.That(async () => await dying, Throws.InstanceOf<OperationCanceledException>());
        Numbered();

        var job = await SubmitAsync();

        Assert.That(job.Parts[0].Id, Is.EqualTo("9"));
        Assert.That(_slurm.Calls("sbatch").Count(call => call.Any(argument => argument.EndsWith(".prepare", StringComparison.Ordinal))), Is.EqualTo(1));
    }

    [Test]
    public async Task A_refusal_says_why_and_leaves_nothing_to_take_up()
    {
        _slurm.Answer("sbatch", string.Empty, 1, "sbatch: error: Batch job submission failed: Invalid partition name specified\n");

        var refused = Assert.ThrowsAsync<SubmissionException>(SubmitAsync);
        Numbered();
        var job = await SubmitAsync();

        Assert.That(refused.IsUnknown, Is.False);
        Assert.That(refused.Message, Does.StartWith("Slurm refused 'prepare' of run 'tiny': sbatch: error: Batch job submission failed: Invalid partition name specified."));
        Assert.That(job.Parts.Select(part => part.Id), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public async Task A_run_that_is_under_way_is_not_submitted_again_and_one_that_ended_is()
    {
        await SubmitAsync();
        _slurm.Answer("squeue", "1|RUNNING|None\n2|PENDING|Dependency\n");

        var refused = Assert.ThrowsAsync<SubmissionException>(SubmitAsync);
        _slurm.Answer("squeue", "1|COMPLETED|None\n2|FAILED|NonZeroExitCode\n");
        var again = await SubmitAsync();

        Assert.That(refused.Message, Does.StartWith("Run 'tiny' was submitted to slurm already and is 'running'."));
        Assert.That(again.Parts.Select(part => part.Id), Is.EqualTo(new[] { "3", "4" }));
    }

    [Test]
    public async Task How_parts_ended_is_remembered_when_Slurm_has_forgotten()
    {
        var job = await SubmitAsync();
        _slurm.Answer("squeue", "1|COMPLETED|None\n2|RUNNING|None\n");
        await Desk().LookAsync(job, CancellationToken.None);
        _slurm.Answer("squeue", string.Empty, 1, "slurm_load_jobs error: Invalid job id specified\n");
        new JobEnding(0, DateTimeOffset.UnixEpoch).Write(job.Folder, SlurmPlan.Train);

        var reports = await Desk().LookAsync(SubmittedJob.Read(job.RunFolder)!, CancellationToken.None);

        Assert.That(reports.Select(report => report.State), Is.EqualTo(new[] { SubmittedState.Done, SubmittedState.Done }));
        Assert.That(reports[0].Detail, Is.EqualTo("COMPLETED"));
    }

    [Test]
    public async Task Cancelling_ends_the_waiting_part_first()
    {
        var job = await SubmitAsync();

        await Desk().CancelAsync(job, CancellationToken.None);

        Assert.That(_slurm.Calls("scancel").Single(), Is.EqualTo(new[] { "2", "1" }));
    }

    [Test]
    public async Task Cancelling_what_Slurm_never_took_gives_it_up()
    {
        _slurm.Answer("sbatch", string.Empty, 1, "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received\n");
        Assert.ThrowsAsync<SubmissionException>(SubmitAsync);

        await Desk().CancelAsync(SubmittedJob.Read(_folder["runs", "tiny"])!, CancellationToken.None);
        Numbered();
        var job = await SubmitAsync();

        Assert.That(_slurm.Calls("scancel"), Is.Empty);
        Assert.That(job.Parts.Select(part => part.Id), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public void What_would_be_handed_over_is_shown_and_nothing_is_done()
    {
        var text = Desk().Describe(Order());

        Assert.That(text, Does.Contain("--dependency=afterok:JOB_OF_PREPARE").And.Contain("exec \"$@\""));
        Assert.That(_slurm.Calls("sbatch"), Is.Empty);
        Assert.That(Directory.Exists(_folder["runs"]), Is.False);
    }

    [Test]
    public async Task Logs_are_those_of_the_parts_in_their_order()
    {
        var job = await SubmitAsync();
        File.WriteAllText(JobParameters.LogPathOf(job.Folder, SlurmPlan.Train), "trained\n");
        File.WriteAllText(JobParameters.LogPathOf(job.Folder, SlurmPlan.Prepare), "prepared\n");

        Assert.That(await Desk().ReadLogAsync(job, follows: false, CancellationToken.None).ToListAsync(), Is.EqualTo(new[] { "prepared", "trained" }));
    }

    // Gives ids in their order, as slurmctld does.
    private void Numbered()
    {
        _slurm.Script("sbatch", $"n=$(cat '{_slurm["last"]}' 2>/dev/null || echo 0); n=$((n + 1)); echo $n > '{_slurm["last"]}'; echo $n");
    }

    private SubmissionOrder Order() => Orders.Of(_folder, SlurmSubmitter.Name);

    private SubmissionDesk Desk() => new(_slurm.Environment, TimeProvider.System);

    private Task<SubmittedJob> SubmitAsync() => Desk().SubmitAsync(Order(), Orders.MakeFolder(Order()), CancellationToken.None);
}
