using System.Diagnostics;

namespace Granary.Cluster.Submission.Local.Tests;

public sealed class LocalProcessTests
{
    [Test]
    public void A_process_runs_under_its_name_and_not_under_that_of_an_earlier_one()
    {
        var name = LocalProcess.NameOf(Environment.ProcessId)!;

        Assert.That(name, Does.StartWith($"{Environment.ProcessId}-"));
        Assert.That(LocalProcess.Runs(name), Is.True);
        Assert.That(LocalProcess.Runs($"{Environment.ProcessId}-1"), Is.False, "the same number, another start");
        Assert.That(LocalProcess.Runs("nonsense"), Is.False);
    }

    [Test]
    public void A_process_that_is_asked_to_end_ends_and_has_no_name_any_more()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        var name = LocalProcess.NameOf(process.Id)!;

        LocalProcess.Terminate(name);
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.EqualTo(128 + 15));
        Assert.That(LocalProcess.Runs(name), Is.False);
        Assert.That(() => LocalProcess.Terminate(name), Throws.Nothing);
    }
}
