namespace Granary.EndToEnd.Tests;

[Category("Slow")]
public sealed class SlurmRanksTests
{
    [OneTimeSetUp]
    public void Need_a_cluster()
    {
        try
        {
            var nodes = GranaryProcess.RunOther("sinfo", Path.GetTempPath(), "--noheader", "--states=idle,mixed");
            Assume.That(nodes.ExitCode == 0 && nodes.Lines.Length > 0, $"Slurm has no node for this test: {nodes}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("Slurm's srun is not installed.");
        }
    }

    [Test]
    public void Tasks_of_srun_are_ranks_and_come_to_the_same_bits_as_those_of_the_launcher()
    {
        using var run = new TinyRun();
        var launched = run.Granary("run", TinyRun.Config, "--runs", "launched", "--ranks", "2");

        var tasks = GranaryProcess.RunOther("srun", run.Folder, "--ntasks=2", "--overcommit", GranaryProcess.Program, "run", TinyRun.Config, "--runs", "tasks");

        Assert.That(launched.ExitCode, Is.Zero, launched.ToString());
        Assert.That(tasks.ExitCode, Is.Zero, tasks.ToString());
        Assert.That(tasks.Output, Does.Contain("on 2 ranks (2 data x 1 sequence) of 1 thread each"));
        TinyRun.AssertSameBits(run["launched", "tiny"], run["tasks", "tiny"]);
    }
}
