using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks.Tests;

public sealed class RankStartTests
{
    private static readonly RankStart Start = new(["dotnet", "granary.dll"], "runs/a/config.yaml", "runs");

    [Test]
    public void A_rank_is_this_program_with_its_number_in_its_environment()
    {
        var environment = new RankEnvironment(2, 4, 2, 4, "127.0.0.1", 4000, RankLauncherKind.Granary);

        var start = Start.Of(environment, threads: 3, devices: null);

        Assert.That(start.FileName, Is.EqualTo("dotnet"));
        Assert.That(start.ArgumentList, Is.EqualTo(new[] { "granary.dll", "train", "runs/a/config.yaml", "--runs", "runs" }));
        Assert.That(RankEnvironment.Read(start.Environment.ToDictionary(entry => entry.Key, entry => entry.Value ?? string.Empty)), Is.EqualTo(environment));
        Assert.That(start.Environment["OMP_NUM_THREADS"], Is.EqualTo("3"));
    }

    [TestCase(null, 1, "1", Description = "all devices are seen: rank i takes device i")]
    [TestCase("4,5,6", 1, "5", Description = "of the devices that the launcher may use")]
    [TestCase("4,5", 3, "5", Description = "ranks share where devices are fewer")]
    [TestCase("", 1, "", Description = "none may be used")]
    public void A_rank_sees_its_own_device(string? devices, int rank, string expected)
    {
        var environment = new RankEnvironment(rank, 4, rank, 4, "127.0.0.1", 4000, RankLauncherKind.Granary);

        Assert.That(Start.Of(environment, 1, devices).Environment["CUDA_VISIBLE_DEVICES"], Is.EqualTo(expected));
    }
}
