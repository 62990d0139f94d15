using Granary.Cluster.Submission.Tests;
using Granary.Testing;

namespace Granary.Cluster.Submission.Slurm.Tests;

public sealed class SlurmBatchTests
{
    private TempFolder _folder = null!;
    private FakePrograms _slurm = null!;
    private List<string> _said = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TempFolder();
        _slurm = new FakePrograms().Answer("scontrol", string.Empty);
        _said = [];
    }

    [TearDown]
    public void End()
    {
        _slurm.Dispose();
        _folder.Dispose();
    }

    [TestCase(0, SubmittedState.Done)]
    [TestCase(1, SubmittedState.Failed)]
    [TestCase(130, SubmittedState.Cancelled)]
    public async Task The_exit_code_of_the_ranks_is_the_jobs_and_is_written_down(int code, SubmittedState state)
    {
        _slurm.Answer("srun", string.Empty, code);

        Assert.That(await RunAsync(Parameters()), Is.EqualTo(code));
        Assert.That(JobEnding.Read(_folder.Path, "train")!.Report.State, Is.EqualTo(state));
        Assert.That(_slurm.Calls("scontrol"), Is.Empty);
    }

    [Test]
    public async Task Ranks_are_started_with_their_cores_and_the_first_ends_last()
    {
        _slurm.Answer("srun", string.Empty);

        await RunAsync(Parameters());

        Assert.That(_slurm.Calls("srun").Single(), Is.EqualTo(new[]
        {
            "--export=ALL", "--kill-on-bad-exit=0", "--wait=0", "--ntasks=4", "--cpus-per-task=2", "/opt/granary/granary", "run", "/runs/tiny/config.yaml", "--runs", "/runs",
        }));
    }

    [Test]
    public async Task The_runs_own_variables_reach_its_ranks()
    {
        _slurm.Script("srun", $"echo \"$COLOR\" > '{_slurm["color"]}'");

        await RunAsync(Parameters() with { Environment = new Dictionary<string, string> { ["COLOR"] = "a $(b)" } });

        Assert.That(File.ReadAllText(_slurm["color"]), Is.EqualTo("a $(b)\n"));
    }

    [Test]
    public async Task Near_the_limit_the_ranks_are_told_to_save_and_the_job_is_requeued()
    {
        SaveWhenTold(code: 130);
        using var limit = new CancellationTokenSource();

        var running = RunAsync(Parameters(), limit.Token);
        SpinWait.SpinUntil(() => File.Exists(_slurm["begun"]));
        await limit.CancelAsync();

        Assert.That(await running, Is.EqualTo(130));
        Assert.That(_slurm.Calls("scancel").Single(), Is.EqualTo(new[] { "--signal=TERM", "77" }), "the steps, not the batch process");
        Assert.That(_slurm.Calls("scontrol").Single(), Is.EqualTo(new[] { "requeue", "77" }));
        Assert.That(JobEnding.Read(_folder.Path, "train"), Is.Null, "it is not over");
    }

    [Test]
    public async Task A_run_that_is_done_at_its_limit_is_not_requeued()
    {
        SaveWhenTold(code: 0);
        using var limit = new CancellationTokenSource();

        var running = RunAsync(Parameters(), limit.Token);
        SpinWait.SpinUntil(() => File.Exists(_slurm["begun"]));
        await limit.CancelAsync();

        Assert.That(await running, Is.Zero);
        Assert.That(_slurm.Calls("scontrol"), Is.Empty);
    }

    [Test]
    public async Task A_cancelled_job_is_not_requeued_though_its_limit_is_near()
    {
        SaveWhenTold(code: 130);
        using var limit = new CancellationTokenSource();
        using var end = new CancellationTokenSource();

        var running = RunAsync(Parameters(), limit.Token, end.Token);
        SpinWait.SpinUntil(() => File.Exists(_slurm["begun"]));
        await end.CancelAsync();
        await limit.CancelAsync();

        Assert.That(await running, Is.EqualTo(130));
        Assert.That(_slurm.Calls("scontrol"), Is.Empty);
        Assert.That(JobEnding.Read(_folder.Path, "train")!.Report.State, Is.EqualTo(SubmittedState.Cancelled));
    }

    [Test]
    public async Task A_refusal_to_requeue_fails_the_job_with_the_reason()
    {
        SaveWhenTold(code: 130);
        _slurm.Answer("scontrol", string.Empty, 1, "Requested operation is presently disabled for job 77\n");
        using var limit = new CancellationTokenSource();

        var running = RunAsync(Parameters(), limit.Token);
        SpinWait.SpinUntil(() => File.Exists(_slurm["begun"]));
        await limit.CancelAsync();

        Assert.That(await running, Is.EqualTo(1));
        Assert.That(_said[^1], Does.StartWith("Slurm does not start the job again: Requested operation is presently disabled for job 77."));
    }

    [TestCase("20", 0, Description = "the last one that is allowed")]
    [TestCase("21", 1)]
    public async Task Restarts_are_bounded(string restarts, int code)
    {
        _slurm.Answer("srun", string.Empty);

        Assert.That(await RunAsync(Parameters(), restarts: restarts), Is.EqualTo(code));
        Assert.That(_slurm.Calls("srun"), Has.Count.EqualTo(1 - code));
        Assert.That(_said, code == 0 ? Is.Empty : Has.One.Contains("'21' times again, but 'max_restarts' is 20"));
    }

    [Test]
    public async Task An_attempt_takes_back_how_an_earlier_one_ended()
    {
        new JobEnding(1, DateTimeOffset.UnixEpoch).Write(_folder.Path, "train");
        _slurm.Script("srun", $"ls '{_folder.Path}' > '{_slurm["seen"]}'");

        await RunAsync(Parameters());

        Assert.That(File.ReadAllText(_slurm["seen"]), Does.Not.Contain("train.ending.json"));
    }

    // srun as it is when its tasks save and end at SIGTERM, which scancel brings.
    private void SaveWhenTold(int code)
    {
        _slurm.Script("srun", $"mkfifo '{_slurm["told"]}'; : > '{_slurm["begun"]}'; read x < '{_slurm["told"]}'; exit {code}");
        _slurm.Script("scancel", $"echo term > '{_slurm["told"]}'");
    }

    private JobParameters Parameters()
    {
        return new JobParameters
        {
            To = SlurmSubmitter.Name,
            Run = "tiny",
            Part = "train",
            Program = ["/opt/granary/granary"],
            Arguments = ["run", "/runs/tiny/config.yaml", "--runs", "/runs"],
            Folder = _folder.Path,
            Tasks = 4,
            CpusPerTask = 2,
            MaxRestarts = 20,
        };
    }

    private Task<int> RunAsync(JobParameters parameters, CancellationToken limit = default, CancellationToken end = default, string? restarts = null)
    {
        var environment = _slurm.Environment;
        environment["SLURM_JOB_ID"] = "77";
        if (restarts is not null)
        {
            environment["SLURM_RESTART_COUNT"] = restarts;
        }

        return new SlurmBatch(parameters, environment, TimeProvider.System).RunAsync(_said.Add, limit, end);
    }
}
