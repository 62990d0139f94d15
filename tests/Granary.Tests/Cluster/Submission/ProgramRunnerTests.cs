using Granary.Core.Randomness;

namespace Granary.Cluster.Submission.Tests;

public sealed class ProgramRunnerTests
{
    [Test]
    public async Task A_hundred_thousand_hostile_arguments_arrive_as_they_are()
    {
        const int Calls = 100;
        const int ArgumentsPerCall = 1_000;
        using var programs = new FakePrograms().Answer("sbatch", string.Empty);
        var key = RandomKey.FromSeed(11);
        var given = Enumerable.Range(0, Calls).Select(call => Enumerable.Range(0, ArgumentsPerCall).Select(i => HostileText.Of(key, (call * ArgumentsPerCall) + i)).ToArray()).ToList();

        foreach (var arguments in given)
        {
            await programs.Runner.RunAsync("tiny", "sbatch", arguments, CancellationToken.None);
        }

        Assert.That(programs.Calls("sbatch"), Is.EqualTo(given));
    }

    [Test]
    public void A_program_that_is_not_there_is_named()
    {
        using var programs = new FakePrograms();

        Assert.That(
            () => programs.Runner.RunAsync("tiny", "sbatch-of-another-world", [], CancellationToken.None),
            Throws.TypeOf<SubmissionException>().With.Message.StartsWith("The program 'sbatch-of-another-world' is not on PATH."));
    }

    [Test]
    public async Task What_a_program_says_and_its_exit_code_come_back()
    {
        using var programs = new FakePrograms().Answer("squeue", "1|RUNNING\n2|PENDING\n", exitCode: 3, error: "first\nlast\n");

        var result = await programs.Runner.RunAsync("tiny", "squeue", [], CancellationToken.None);

        Assert.That(result.Lines, Is.EqualTo(new[] { "1|RUNNING", "2|PENDING" }));
        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(result.Complaint, Is.EqualTo("last"));
    }

    [Test]
    public async Task Input_reaches_the_program_and_one_that_does_not_read_it_is_no_failure()
    {
        using var programs = new FakePrograms().Script("kubectl", "cat").Answer("deaf", "done");
        var input = new string('x', 1 << 20);

        var read = await programs.Runner.RunAsync("tiny", "kubectl", [], CancellationToken.None, input);
        var unread = await programs.Runner.RunAsync("tiny", "deaf", [], CancellationToken.None, input);

        Assert.That(read.Output, Is.EqualTo(input));
        Assert.That(unread.Output, Is.EqualTo("done"));
    }

    [Test]
    public void Whoever_cancels_ends_the_program()
    {
        using var programs = new FakePrograms();
        programs.Script("sbatch", $"mkfifo '{programs["never"]}'; : > '{programs["begun"]}'; read x < '{programs["never"]}'");
        using var stop = new CancellationTokenSource();

        var running = programs.Runner.RunAsync("tiny", "sbatch", [], stop.Token);
        SpinWait.SpinUntil(() => File.Exists(programs["begun"]));
        stop.Cancel();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }
}
