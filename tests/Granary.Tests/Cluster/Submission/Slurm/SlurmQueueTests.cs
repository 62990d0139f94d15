using Granary.Cluster.Submission.Tests;

namespace Granary.Cluster.Submission.Slurm.Tests;

public sealed class SlurmQueueTests
{
    [TestCase("PENDING", "Dependency", SubmittedState.Queued, "PENDING (Dependency)")]
    [TestCase("RUNNING", "None", SubmittedState.Running, "RUNNING")]
    [TestCase("COMPLETING", "None", SubmittedState.Running, "COMPLETING")]
    [TestCase("COMPLETED", "None", SubmittedState.Done, "COMPLETED")]
    [TestCase("CANCELLED", "None", SubmittedState.Cancelled, "CANCELLED")]
    [TestCase("TIMEOUT", "TimeLimit", SubmittedState.Failed, "TIMEOUT (TimeLimit)")]
    [TestCase("NODE_FAIL", "NodeDown", SubmittedState.Failed, "NODE_FAIL (NodeDown)")]
    [TestCase("OF_A_LATER_VERSION", "None", SubmittedState.Unknown, "OF_A_LATER_VERSION")]
    public async Task The_state_is_what_squeue_says(string word, string reason, SubmittedState state, string detail)
    {
        using var programs = new FakePrograms().Answer("squeue", $"7|{word}|{reason}\n");

        var report = await new SlurmQueue(programs.Runner).LookAsync("tiny", "7", CancellationToken.None);

        Assert.That(report, Is.EqualTo(new PartReport(state, detail)));
        Assert.That(programs.Calls("squeue").Single(), Is.EqualTo(new[] { "--noheader", "--states=all", "--format=%F|%T|%r", "--jobs=7" }));
    }

    [TestCase("7|COMPLETED|None\n7|RUNNING|None\n7|PENDING|Resources\n", SubmittedState.Running, "RUNNING, 1 of 3 tasks done")]
    [TestCase("7|COMPLETED|None\n7|PENDING|Resources\n", SubmittedState.Queued, "PENDING (Resources), 1 of 2 tasks done")]
    [TestCase("7|FAILED|NonZeroExitCode\n7|RUNNING|None\n", SubmittedState.Running, "RUNNING, 0 of 2 tasks done", Description = "it is not over yet")]
    [TestCase("7|FAILED|NonZeroExitCode\n7|COMPLETED|None\n", SubmittedState.Failed, "FAILED (NonZeroExitCode), 1 of 2 tasks done")]
    [TestCase("7|COMPLETED|None\n7|COMPLETED|None\n", SubmittedState.Done, "COMPLETED, 2 of 2 tasks done")]
    public async Task An_array_is_where_its_tasks_are_together(string output, SubmittedState state, string detail)
    {
        using var programs = new FakePrograms().Answer("squeue", output);

        var report = await new SlurmQueue(programs.Runner).LookAsync("tiny", "7", CancellationToken.None);

        Assert.That(report, Is.EqualTo(new PartReport(state, detail)));
    }

    [Test]
    public async Task A_job_that_squeue_has_forgotten_is_asked_of_sacct()
    {
        using var programs = new FakePrograms().Answer("squeue", string.Empty, 1, "slurm_load_jobs error: Invalid job id specified\n").Answer("sacct", "7|CANCELLED by 1000\n");

        var report = await new SlurmQueue(programs.Runner).LookAsync("tiny", "7", CancellationToken.None);

        Assert.That(report, Is.EqualTo(new PartReport(SubmittedState.Cancelled, "CANCELLED by 1000")));
    }

    [Test]
    public async Task A_cluster_without_accounting_knows_nothing_of_a_job_it_has_forgotten()
    {
        using var programs = new FakePrograms().Answer("squeue", string.Empty, 1, "slurm_load_jobs error: Invalid job id specified\n").Answer("sacct", string.Empty, 1, "Slurm accounting storage is disabled\n");

        Assert.That(await new SlurmQueue(programs.Runner).LookAsync("tiny", "7", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task A_controller_that_does_not_answer_is_no_end_of_the_job()
    {
        using var programs = new FakePrograms().Answer("squeue", string.Empty, 1, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n");

        var report = await new SlurmQueue(programs.Runner).LookAsync("tiny", "7", CancellationToken.None);

        Assert.That(report!.State, Is.EqualTo(SubmittedState.Unknown));
        Assert.That(report.Detail, Does.StartWith("squeue: slurm_load_jobs error: Unable to contact"));
    }

    [Test]
    public async Task A_job_is_found_by_its_whole_comment_only()
    {
        using var programs = new FakePrograms().Answer("squeue", "5|(null)\n6|granary:abc.train-2\n7|granary:abc.train\n").Answer("sacct", "3_1|granary:abc.prepare\n");
        var queue = new SlurmQueue(programs.Runner);

        Assert.That(await queue.FindAsync("tiny", "granary:abc.train", CancellationToken.None), Is.EqualTo("7"));
        Assert.That(await queue.FindAsync("tiny", "granary:abc.prepare", CancellationToken.None), Is.EqualTo("3"));
        Assert.That(await queue.FindAsync("tiny", "granary:ab", CancellationToken.None), Is.Null);
    }

    [Test]
    public void Without_an_answer_it_is_unknown_whether_there_is_one()
    {
        using var programs = new FakePrograms().Answer("squeue", string.Empty, 1, "Unable to contact slurm controller\n");

        Assert.That(
            () => new SlurmQueue(programs.Runner).FindAsync("tiny", "granary:abc.train", CancellationToken.None),
            Throws.TypeOf<SubmissionException>().With.Property(nameof(SubmissionException.IsUnknown)).True);
    }
}
