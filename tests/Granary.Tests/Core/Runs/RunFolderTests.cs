using Granary.Core.Configuration;
using Granary.Core.Configuration.Tests;
using Granary.Testing;

namespace Granary.Core.Runs.Tests;

public sealed class RunFolderTests
{
    [TestCase("stages/corpus/corpus.json.tmp-7-a", false, Description = "a killed process' own")]
    [TestCase("stages/tokens/3.tokens.1-1.tmp-7-a", true, Description = "a worker may be writing it")]
    [TestCase("stages/mix/proxies/ab/result.json.tmp-7-a", true, Description = "a proxy may be writing it")]
    public void Taking_a_folder_up_removes_what_was_not_published_but_for_what_others_write(string path, bool stays)
    {
        using var folder = new TempFolder();
        var (run, file) = (folder["run"], folder["run", path]);
        RunFolder.Claim(run, "name: run\n").Dispose();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "half");

        RunFolder.Claim(run, "name: run\n").Dispose();

        Assert.That(File.Exists(file), Is.EqualTo(stays));
    }

    [Test]
    public void A_claimed_folder_holds_the_configuration_and_can_be_taken_up_again()
    {
        using var folder = new TempFolder();

        RunFolder.Claim(folder["runs", "a"], "rate: 1\n").Dispose();
        using var run = RunFolder.Claim(folder["runs", "a"], "rate: 1\n");

        Assert.That(run.Path, Is.EqualTo(folder["runs", "a"]));
        Assert.That(File.ReadAllText(run.ConfigPath), Is.EqualTo("rate: 1\n"));
    }

    [Test]
    public void A_run_of_another_configuration_is_refused_with_the_first_difference()
    {
        using var folder = new TempFolder();
        RunFolder.Claim(folder["a"], "name: a\nrate: 1\n").Dispose();

        var error = Assert.Throws<ConfigurationException>(() => RunFolder.Claim(folder["a"], "name: a\nrate: 2\n"));

        Assert.That(error.Message, Does.Contain("line 2 is 'rate: 1' there and 'rate: 2' here."));
        Assert.That(error.Message, Does.Contain($"granary run {folder["a", "config.yaml"]}"));
        Assert.DoesNotThrow(() => RunFolder.Claim(folder["a"], "name: a\nrate: 1\n").Dispose(), "the refusal ends the claim");
    }

    [Test]
    public void A_run_from_before_a_section_existed_is_taken_up_where_the_section_says_its_defaults()
    {
        using var folder = new TempFolder();
        RunFolder.Claim(folder["a"], "name: a\nrate: 0.5\n").Dispose();
        var (same, other) = (new SampleConfig { Name = "a", Rate = 0.5 }, new SampleConfig { Name = "a", Rate = 0.5, Nested = new() { Depth = 9 } });

        Assert.DoesNotThrow(() => Claim(same).Dispose());
        Assert.That(Assert.Throws<ConfigurationException>(() => Claim(other)).Message, Does.Contain("'depth: 7' there and 'depth: 9' here."));
        Assert.That(File.ReadAllText(folder["a", "config.yaml"]), Is.EqualTo("name: a\nrate: 0.5\n"));

        RunFolder Claim(SampleConfig config) => RunFolder.Claim(folder["a"], ConfigurationFile.Write(config), ConfigurationFile.Resolve<SampleConfig>);
    }

    [Test]
    public void A_configuration_that_can_be_read_no_more_is_another_one()
    {
        using var folder = new TempFolder();
        RunFolder.Claim(folder["a"], "name: a\nspeed: 1\n").Dispose();

        var error = Assert.Throws<ConfigurationException>(() => RunFolder.Claim(folder["a"], "name: a\nrate: 1\n", ConfigurationFile.Resolve<SampleConfig>));

        Assert.That(error.Message, Does.Contain("'speed: 1' there and 'rate: 1' here."));
    }

    [Test]
    public void A_folder_of_something_else_is_refused()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["a"]);
        File.WriteAllText(folder["a", "thesis.tex"], "x");
        File.WriteAllText(folder["b"], "x");

        Assert.That(Assert.Throws<ConfigurationException>(() => RunFolder.Claim(folder["a"], "x")).Message, Does.Contain("'thesis.tex'"));
        Assert.That(Assert.Throws<ConfigurationException>(() => RunFolder.Claim(folder["b"], "x")).Message, Does.Contain("a file has this name"));
    }

    [Test]
    public void A_run_has_one_user_at_a_time()
    {
        using var folder = new TempFolder();
        using (RunFolder.Claim(folder["a"], "x"))
        {
            var error = Assert.Throws<RunInUseException>(() => RunFolder.Claim(folder["a"], "x"));

            Assert.That(error.Owner, Is.EqualTo($"process {Environment.ProcessId} on {Environment.MachineName}"));
        }

        Assert.DoesNotThrow(() => RunFolder.Claim(folder["a"], "x").Dispose());
    }

    [Test]
    public void The_lock_file_of_a_killed_process_is_no_obstacle()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["a"]);
        File.WriteAllText(folder["a", ".lock"], string.Empty);
        File.WriteAllText(folder["a", ".owner"], "process 1 on elsewhere");

        Assert.DoesNotThrow(() => RunFolder.Claim(folder["a"], "x").Dispose());
    }

    [Test]
    public void Checkpoints_are_named_by_their_step()
    {
        var run = RunFolder.At("/runs/a");

        Assert.That(run.CheckpointPath(1234), Is.EqualTo("/runs/a/checkpoints/step-00001234"));
        Assert.That(RunFolder.StepOf(run.CheckpointPath(1234)), Is.EqualTo(1234));
        Assert.That(RunFolder.StepOf(run.CheckpointPath(123_456_789)), Is.EqualTo(123_456_789));
        Assert.That(RunFolder.StepOf("step-12.tmp-3"), Is.Null);
        Assert.That(RunFolder.StepOf("latest"), Is.Null);
    }
}
