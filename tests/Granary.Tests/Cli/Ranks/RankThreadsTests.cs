using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks.Tests;

public sealed class RankThreadsTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [TestCase(0, 8, 2, 4, Description = "the cores are divided")]
    [TestCase(0, 8, 3, 2, Description = "what is over stays idle")]
    [TestCase(0, 2, 4, 1, Description = "at least one")]
    [TestCase(6, 2, 2, 3, Description = "the configuration's number is divided")]
    [TestCase(1, 8, 2, 1, Description = "at least one of these too")]
    public void A_rank_has_its_share_of_the_threads(int wanted, int cores, int ranks, int expected)
    {
        var environment = new RankEnvironment(1, ranks, 1, ranks, "127.0.0.1", 4000, RankLauncherKind.Granary);

        Assert.That(RankThreads.Share(environment, wanted, cores, Nothing), Is.EqualTo(expected));
    }

    [TestCase(16, 4, Description = "Slurm has bound nothing: the node's cores are divided")]
    [TestCase(4, 4, Description = "Slurm has bound the task to its own cores: they are the share already")]
    [TestCase(2, 2, Description = "bound to fewer")]
    public void Under_slurm_cores_that_are_bound_are_not_divided_again(int cores, int expected)
    {
        var environment = new RankEnvironment(1, 4, 1, 4, "node1", 10_001, RankLauncherKind.Slurm);

        Assert.That(RankThreads.Share(environment, 0, cores, new Dictionary<string, string> { ["SLURM_CPUS_ON_NODE"] = "16" }), Is.EqualTo(expected));
    }
}
