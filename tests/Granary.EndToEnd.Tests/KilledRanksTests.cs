using System.Diagnostics;
using System.Globalization;
using Granary.Core.Randomness;

namespace Granary.EndToEnd.Tests;

[Category("Slow")]
public sealed class KilledRanksTests
{
    private const int KillsOfEach = 3;
    private const int LongestDelay = 30; // milliseconds behind the step at which a rank is to die

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    // A loaded machine may take that much to start and end processes, beside what waiting costs.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    [TestCase(3, 1, Description = "ranks with other rows")]
    [TestCase(4, 2, Description = "pairs of ranks with other positions")]
    public void Any_rank_killed_at_random_steps_ends_all_in_time_and_leaves_the_bits_of_a_run_left_alone(int ranks, int sequenceRanks)
    {
        using var run = new TinyRun();
        string[] command = ["--ranks", Text(ranks), "--json", "--set", $"parallel.sequence_ranks={sequenceRanks}", "--set", "parallel.sequence_parallel=token-ring", "--set", $"parallel.timeout={Timeout.TotalSeconds}s"];
        var alone = run.Granary(["run", TinyRun.Config, "--runs", "alone", .. command]);
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());

        var key = RandomKey.FromSeed(12);
        for (var kill = 0; kill < ranks * KillsOfEach; kill++)
        {
            var (rank, step) = (kill % ranks, (kill * (TinyRun.Steps - 6) / (ranks * KillsOfEach)) + (int)key.BelowAt(2 * kill, 3));
            using var process = GranaryProcess.Start(run.Folder, ["run", TinyRun.Config, "--runs", "killed", .. command]);
            process.WaitForLine(ManyRanksTests.IsStep(step));
            var started = RankProcesses.All(process, ranks);
            process.EndsWithin(TimeSpan.FromMilliseconds(key.BelowAt((2 * kill) + 1, LongestDelay)));
            var begin = Stopwatch.GetTimestamp();
            started[rank].Kill();
            var ended = process.WaitForEnd();

            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rank {rank} at step {step}: exit {ended.ExitCode} after {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s; {ended.ErrorLines.FirstOrDefault()}"));
            Assert.That(Stopwatch.GetElapsedTime(begin), Is.LessThan(Timeout + Slack));
            Assert.That(ended.ExitCode, Is.EqualTo(1), ended.ToString());
            Assert.That(ended.ErrorLines[0], Does.StartWith($"granary: Rank {rank} is gone (killed by signal 9) at step "));
            Assert.That(started.All(other => other.WaitForExit(Slack)), Is.True);
        }

        var last = run.Granary(["run", TinyRun.Config, "--runs", "killed", .. command]);

        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        TinyRun.AssertSameBits(run["alone", "tiny"], run["killed", "tiny"]);
    }

    [Test]
    public void A_rank_that_falls_silent_ends_all_within_the_time_out_and_is_named()
    {
        using var run = new TinyRun();
        using var process = GranaryProcess.Start(run.Folder, "train", TinyRun.Config, "--ranks", "3", "--json", "--set", $"parallel.timeout={Timeout.TotalSeconds}s", "--set", "training.steps=400", "--set", "batching.passes=3");
        process.WaitForLine(ManyRanksTests.IsStep(3));
        var started = RankProcesses.All(process, 3);
        var begin = Stopwatch.GetTimestamp();
        using (var stop = Process.Start("sh", ["-c", $"kill -STOP {started[2].Id}"]))
        {
            stop.WaitForExit();
        }

        var ended = process.WaitForEnd();

        Assert.That(Stopwatch.GetElapsedTime(begin), Is.LessThan(Timeout + Slack), ended.ToString());
        Assert.That(ended.ExitCode, Is.EqualTo(1), ended.ToString());
        Assert.That(ended.Error, Does.Contain("Rank 2 is gone"));
        Assert.That(started.All(other => other.WaitForExit(Slack)), Is.True, "a stopped process is killed too");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
