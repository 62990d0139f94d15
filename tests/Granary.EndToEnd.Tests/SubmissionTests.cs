using System.Text.Json;
using System.Text.RegularExpressions;

namespace Granary.EndToEnd.Tests;

/// <summary>Runs that are handed to this machine's background, and what they look like from outside.</summary>
public sealed class SubmissionTests
{
    [Test]
    public void A_run_in_the_background_comes_to_the_bits_of_one_in_the_terminal()
    {
        using var run = new TinyRun();

        var submitted = run.Granary("submit", TinyRun.Config, "--to", "local");
        var followed = run.Granary("logs", "tiny", "--follow");

        Assert.That(submitted.ExitCode, Is.Zero, submitted.ToString());
        Assert.That(submitted.Lines[0], Does.StartWith("tiny is handed over to local: run is "));
        Assert.That(followed.Output, Does.Contain("everything is in runs/tiny"), followed.ToString());
        Assert.That(Job(run).GetProperty("state").GetString(), Is.EqualTo("done"));
        Assert.That(run.Granary("jobs").Output, Does.Match(@"tiny\s+local\s+run\s+\d+-\d+\s+done"));
        TinyRun.AssertSameBits(FinishedRun.Run.RunPath, run.RunPath);
    }

    [Test]
    public void A_run_in_the_background_is_not_submitted_twice_and_saves_when_it_is_cancelled()
    {
        using var run = new TinyRun();
        string[] command = ["submit", TinyRun.Config, "--to", "local", "--set", "training.steps=2000", "--set", "batching.passes=40"];
        Assert.That(run.Granary(command).ExitCode, Is.Zero);
        using var following = GranaryProcess.Start(run.Folder, "logs", "tiny", "--follow");
        following.WaitForLine(line => line.Contains("step 1/", StringComparison.Ordinal));

        var twice = run.Granary(command);
        var cancelled = run.Granary("cancel", "tiny");
        var log = following.WaitForEnd();

        Assert.That(twice.ExitCode, Is.EqualTo(1));
        Assert.That(twice.Error, Does.StartWith("granary: Run 'tiny' was submitted to local already and is 'running'."));
        Assert.That(cancelled.ExitCode, Is.Zero, cancelled.ToString());
        Assert.That(log.Output, Does.Contain("Interrupted and saved."));
        Assert.That(Job(run).GetProperty("state").GetString(), Is.EqualTo("cancelled"));
        Assert.That(File.Exists(Path.Combine(run.RunPath, "latest")), Is.True);
        Assert.That(run.Granary("cancel", "tiny").Output, Is.EqualTo("tiny has ended already: cancelled\n"));
    }

    [Test]
    public void How_a_run_is_submitted_is_no_part_of_what_it_is()
    {
        using var run = new TinyRun();
        File.AppendAllText(run[TinyRun.Config], "submission: {slurm: {partition: gpu}}\n");

        var corpus = run.Granary("corpus", TinyRun.Config);
        var elsewhere = run.Granary("corpus", TinyRun.Config, "--set", "submission.slurm.partition=cpu");

        Assert.That(corpus.ExitCode, Is.Zero, corpus.ToString());
        Assert.That(elsewhere.ExitCode, Is.Zero, elsewhere.ToString());
        Assert.That(File.ReadAllText(Path.Combine(run.RunPath, "config.yaml")), Does.Not.Contain("submission"));
    }

    [TestCase("slurm", "^sbatch .*--job-name=tiny.*--dependency=afterok:.*exec \"\\$@\"\n$")]
    [TestCase("kubernetes", "^---\napiVersion: v1\nkind: ConfigMap.*kind: Service.*kind: Job.*runAsNonRoot: true")]
    [TestCase("http://127.0.0.1:7420", "^POST http://127.0.0.1:7420/v1/jobs\nkey: tiny-[0-9a-f]{16}\n.*name: tiny")]
    [TestCase("local", "^.*granary run .*/runs/tiny/config.yaml --runs .*/runs\n$")]
    public void A_dry_run_shows_what_would_be_handed_over_and_does_nothing(string to, string pattern)
    {
        using var run = new TinyRun();

        var shown = run.Granary("submit", TinyRun.Config, "--to", to, "--dry-run", "--set", "submission={kubernetes: {image: granary, claim: runs}}");

        Assert.That(shown.ExitCode, Is.Zero, shown.ToString());
        Assert.That(Regex.IsMatch(shown.Output, pattern, RegexOptions.Singleline), Is.True, shown.ToString());
        Assert.That(Directory.Exists(run["runs"]), Is.False);
    }

    [TestCase("submission: {slurm: {partition: \"gpu; id\"}}", "'submission.slurm.partition' is 'gpu; id'")]
    [TestCase("submission: {slurm: {partion: gpu}}", "partition")]
    [TestCase("submission: {kubernetes: {image: granary}}", "claim")]
    public void A_section_with_a_fault_is_refused(string section, string fault)
    {
        using var run = new TinyRun();
        File.AppendAllText(run[TinyRun.Config], section + "\n");

        var refused = run.Granary("submit", TinyRun.Config, "--to", "slurm");

        Assert.That(refused.ExitCode, Is.EqualTo(2), refused.ToString());
        Assert.That(refused.Error, Does.Contain(fault));
    }

    private static JsonElement Job(TinyRun run)
    {
        return run.Granary("jobs", "--json").Json();
    }
}
