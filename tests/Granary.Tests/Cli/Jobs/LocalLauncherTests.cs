using Granary.Core.Jobs;
using Granary.Testing;

namespace Granary.Cli.Jobs.Tests;

public sealed class LocalLauncherTests
{
    [Test]
    public async Task A_job_is_the_program_with_its_arguments_threads_and_log()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 1);

        var outcome = await launcher.RunAsync(Job(folder, "echo \"$OMP_NUM_THREADS threads of $GRANARY_JOB\"; echo late >&2") with { Threads = 3 }, CancellationToken.None);

        Assert.That(outcome, Is.EqualTo(new JobOutcome(0, string.Empty)));
        Assert.That(File.ReadAllLines(folder["logs", "job.txt"]), Is.EquivalentTo(new[] { "3 threads of job", "late" }));
    }

    [Test]
    public async Task A_job_has_the_folder_and_the_variables_that_it_asks_for()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 1);
        var job = Job(folder, "pwd; echo \"$GRANARY_JOB_ID\"") with { WorkingFolder = folder.Path, Environment = new Dictionary<string, string> { ["GRANARY_JOB_ID"] = "mix 7" } };

        await launcher.RunAsync(job, CancellationToken.None);

        Assert.That(File.ReadAllLines(folder["logs", "job.txt"]), Is.EqualTo(new[] { folder.Path, "mix 7" }));
    }

    [Test]
    public async Task A_job_that_fails_is_an_outcome_with_its_last_lines()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 1);

        var outcome = await launcher.RunAsync(Job(folder, "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; done; exit 3"), CancellationToken.None);

        Assert.That(outcome.IsDone, Is.False);
        Assert.That(outcome.ExitCode, Is.EqualTo(3));
        Assert.That(outcome.Message, Is.EqualTo("3\n4\n5\n6\n7\n8\n9\n10"));
    }

    [Test]
    public async Task A_job_that_a_signal_ends_says_so_by_its_code_and_another_attempt_writes_behind_it()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 1);

        var killed = await launcher.RunAsync(Job(folder, "echo first; kill -9 $$"), CancellationToken.None);
        await launcher.RunAsync(Job(folder, "echo second"), CancellationToken.None);

        Assert.That(killed.ExitCode, Is.EqualTo(137));
        Assert.That(File.ReadAllLines(folder["logs", "job.txt"]), Is.EqualTo(new[] { "first", "second" }));
    }

    [Test]
    public async Task No_more_jobs_run_at_once_than_there_are_places()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 2);

        // Each job counts those that run beside it, itself included, by the files that they have made and not yet removed.
        var script = $"f=$(mktemp {folder.Path}/run.XXXXXX); ls {folder.Path} | grep -c '^run' >> {folder["most"]}; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; rm $f";
        await Task.WhenAll(Enumerable.Range(0, 7).Select(i => launcher.RunAsync(Job(folder, script) with { Id = $"{i}", LogPath = folder[$"{i}.txt"] }, CancellationToken.None)));

        int[] seen = [.. File.ReadAllLines(folder["most"]).Select(int.Parse)];
        Assert.That(seen, Has.Length.EqualTo(7));
        Assert.That(seen.Max(), Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Cancelling_ends_the_job_and_frees_its_place()
    {
        using var folder = new TempFolder();
        using var launcher = Shell(places: 1);
        using var stop = new CancellationTokenSource();

        var running = launcher.RunAsync(Job(folder, $"trap 'echo asked; exit 130' TERM; echo > {folder["begun"]}; while :; do :; done"), stop.Token);
        SpinWait.SpinUntil(() => File.Exists(folder["begun"]));
        stop.Cancel();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.ReadAllText(folder["logs", "job.txt"]), Is.EqualTo("asked\n"), "it was asked, not killed");
        Assert.That(launcher.RunAsync(Job(folder, "exit 0"), CancellationToken.None).GetAwaiter().GetResult().IsDone, Is.True);
    }

    private static LocalLauncher Shell(int places)
    {
        return new LocalLauncher(places, ["/bin/sh", "-c"]);
    }

    private static JobSpec Job(TempFolder folder, string script)
    {
        return new JobSpec { Id = "job", Arguments = [script], LogPath = folder["logs", "job.txt"] };
    }
}
