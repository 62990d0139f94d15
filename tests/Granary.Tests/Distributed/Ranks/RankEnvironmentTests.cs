using Granary.Core.Configuration;

namespace Granary.Distributed.Ranks.Tests;

public sealed class RankEnvironmentTests
{
    private static readonly Dictionary<string, string> Torchrun = new()
    {
        ["RANK"] = "5",
        ["WORLD_SIZE"] = "8",
        ["LOCAL_RANK"] = "1",
        ["LOCAL_WORLD_SIZE"] = "4",
        ["MASTER_ADDR"] = "10.0.0.7",
        ["MASTER_PORT"] = "29500",
    };

    private static readonly Dictionary<string, string> Slurm = new()
    {
        ["SLURM_PROCID"] = "3",
        ["SLURM_STEP_ID"] = "0",
        ["SLURM_NTASKS"] = "6",
        ["SLURM_LOCALID"] = "1",
        ["SLURM_NTASKS_PER_NODE"] = "2",
        ["SLURM_NODELIST"] = "node[03-04,7]",
        ["SLURM_JOB_ID"] = "123456",
    };

    [Test]
    public void Without_variables_a_process_is_by_itself()
    {
        var environment = RankEnvironment.Read(new Dictionary<string, string> { ["PATH"] = "/bin", ["MASTER_ADDR"] = "left over" });

        Assert.That(environment, Is.EqualTo(RankEnvironment.Single));
        Assert.That(environment.IsOneOfMany, Is.False);
    }

    [Test]
    public void Torchruns_variables_are_read()
    {
        Assert.That(RankEnvironment.Read(Torchrun), Is.EqualTo(new RankEnvironment(5, 8, 1, 4, "10.0.0.7", 29500, RankLauncherKind.Torchrun)));
    }

    [Test]
    public void Slurms_variables_are_read_and_the_first_host_is_the_meeting_place()
    {
        Assert.That(RankEnvironment.Read(Slurm), Is.EqualTo(new RankEnvironment(3, 6, 1, 2, "node03", 13456, RankLauncherKind.Slurm)));
    }

    [Test]
    public void Slurms_tasks_are_counted_by_the_node_where_nodes_differ()
    {
        var uneven = new Dictionary<string, string>(Slurm) { ["SLURM_TASKS_PER_NODE"] = "1,3,2", ["SLURM_NODEID"] = "1", ["SLURM_STEP_NODELIST"] = "node[04-06]" };

        Assert.That(RankEnvironment.Read(uneven), Is.EqualTo(new RankEnvironment(3, 6, 1, 3, "node04", 13456, RankLauncherKind.Slurm)));
    }

    [Test]
    public void A_batch_script_that_srun_did_not_start_is_by_itself()
    {
        var script = new Dictionary<string, string>(Slurm);
        script.Remove("SLURM_STEP_ID");

        Assert.That(RankEnvironment.Read(script), Is.EqualTo(RankEnvironment.Single));
    }

    [Test]
    public void Our_own_variables_come_before_torchruns_and_those_before_slurms()
    {
        var own = new RankEnvironment(1, 2, 1, 2, "127.0.0.1", 4000, RankLauncherKind.Granary);
        var all = own.ToVariables().Concat(Torchrun).Concat(Slurm).ToDictionary();

        Assert.That(RankEnvironment.Read(all), Is.EqualTo(own));
        Assert.That(RankEnvironment.Read(Torchrun.Concat(Slurm).ToDictionary()).Launcher, Is.EqualTo(RankLauncherKind.Torchrun));
    }

    [Test]
    public void A_world_of_one_needs_no_meeting_place()
    {
        Assert.That(RankEnvironment.Read(new Dictionary<string, string> { ["RANK"] = "0", ["WORLD_SIZE"] = "1" }), Is.EqualTo(RankEnvironment.Single));
        Assert.That(RankEnvironment.Read(new Dictionary<string, string> { ["SLURM_PROCID"] = "0", ["SLURM_STEP_ID"] = "4", ["SLURM_NTASKS"] = "1" }), Is.EqualTo(RankEnvironment.Single));
    }

    [TestCase("RANK", "8", "'RANK' is '8' but must be a whole number from 0 to below WORLD_SIZE ('8').")]
    [TestCase("RANK", "-1", "'RANK' is '-1' but must be a whole number from 0 to below WORLD_SIZE ('8').")]
    [TestCase("WORLD_SIZE", "many", "'WORLD_SIZE' is 'many' but must be a whole number of 1 or more.")]
    [TestCase("LOCAL_RANK", "4", "'LOCAL_RANK' is '4' but must be a whole number from 0 to below LOCAL_WORLD_SIZE ('4').")]
    [TestCase("LOCAL_WORLD_SIZE", "9", "'LOCAL_WORLD_SIZE' is '9' but must be a whole number from 1 to 8.")]
    [TestCase("MASTER_PORT", "0", "'MASTER_PORT' is '0' but must be a whole number from 1 to 65535.")]
    [TestCase("MASTER_ADDR", "", "'MASTER_ADDR' is '' but must be the host of rank 0.")]
    public void A_variable_that_cannot_be_is_refused_with_what_is_allowed(string name, string value, string sentence)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => RankEnvironment.Read(new Dictionary<string, string>(Torchrun) { [name] = value }));

        Assert.That(thrown.Errors, Is.EqualTo(new[] { sentence }));
        Assert.That(thrown.File, Is.EqualTo("environment"));
    }

    [TestCase("RANK")]
    [TestCase("WORLD_SIZE")]
    [TestCase("LOCAL_RANK")]
    [TestCase("LOCAL_WORLD_SIZE")]
    [TestCase("MASTER_ADDR")]
    [TestCase("MASTER_PORT")]
    public void Half_set_variables_are_refused(string missing)
    {
        var half = new Dictionary<string, string>(Torchrun);
        half.Remove(missing);

        var thrown = Assert.Throws<ConfigurationException>(() => RankEnvironment.Read(half));

        Assert.That(thrown.Errors, Has.Count.EqualTo(1));
        Assert.That(thrown.Errors[0], Does.StartWith($"'{missing}' is not set, but others of the same launcher are (").And.EndsWith("Set all of the launcher's variables, or none to run one process."));
    }

    [TestCase("SLURM_NODELIST", "node[1-", Description = "a list that is cut off")]
    [TestCase("SLURM_NTASKS", "3", Description = "fewer tasks than this one's number")]
    [TestCase("SLURM_LOCALID", "2", Description = "a number above the node's tasks")]
    [TestCase("SLURM_TASKS_PER_NODE", "2(x", Description = "counts that are cut off")]
    public void A_fault_in_slurms_variables_is_named(string name, string value)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => RankEnvironment.Read(new Dictionary<string, string>(Slurm) { [name] = value }));

        Assert.That(thrown.Errors[0], Does.Contain($"'{value}'"));
    }
}
