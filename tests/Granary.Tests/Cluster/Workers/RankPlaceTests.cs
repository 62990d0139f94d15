using Granary.Cluster.Grains;
using Granary.Distributed.Ranks;

namespace Granary.Cluster.Workers.Tests;

public sealed class RankPlaceTests
{
    [TestCase(0, 0, 2)]
    [TestCase(1, 0, 1)]
    [TestCase(2, 1, 2)]
    public void A_rank_reads_from_its_variables_what_its_worker_was_told(int rank, int localRank, int localSize)
    {
        var generation = new GenerationSnapshot
        {
            Id = "job/train/3",
            Ranks = 3,
            Members = [new GenerationMember(0, "a", "10.0.0.1", 4000), new GenerationMember(1, "b", "10.0.0.2", 4001), new GenerationMember(2, "a", "10.0.0.1", 4002)],
        };

        var variables = new Dictionary<string, string>(RankPlace.VariablesOf(rank, generation)) { ["GRANARY_GENERATION"] = "3" };

        Assert.That(RankEnvironment.Read(variables), Is.EqualTo(new RankEnvironment(rank, 3, localRank, localSize, "10.0.0.1", 4000, RankLauncherKind.Granary) { Generation = 3 }));
    }

    [Test]
    public void The_only_rank_of_a_generation_is_a_rank_still()
    {
        var generation = new GenerationSnapshot { Id = "job/train/3", Ranks = 1, Members = [new GenerationMember(0, "a", "10.0.0.1", 4000)] };

        var variables = new Dictionary<string, string>(RankPlace.VariablesOf(0, generation)) { ["GRANARY_GENERATION"] = "3" };

        Assert.That(RankEnvironment.Read(variables).Launcher, Is.EqualTo(RankLauncherKind.Granary), "the run's folder is another process's");
    }
}
