using Granary.Core.Configuration;
using Granary.Distributed.Ranks;
using Granary.Training;

namespace Granary.Cli.Stages.Tests;

public sealed class DeviceChoiceTests
{
    private static readonly TrainingConfig OnGpus = new() { Device = "cuda" };

    [TestCase(0, ExpectedResult = 0)]
    [TestCase(3, ExpectedResult = 3)]
    public int A_rank_takes_the_device_of_its_number_on_its_machine(int localRank)
    {
        return DeviceChoice.IndexOf(OnGpus, RankOf(localRank, localSize: 4), count: 8);
    }

    [Test]
    public void A_rank_that_is_shown_one_device_takes_it()
    {
        Assert.That(DeviceChoice.IndexOf(OnGpus, RankOf(3, localSize: 4), count: 1), Is.Zero);
    }

    [Test]
    public void More_ranks_than_devices_are_refused()
    {
        Assert.That(
            () => DeviceChoice.IndexOf(OnGpus, RankOf(1, localSize: 4), count: 2),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("4 ranks on this machine, but it has 2 CUDA device(s)"));
    }

    [Test]
    public void One_device_for_all_ranks_is_refused()
    {
        Assert.That(
            () => DeviceChoice.RequireDeviceEach(new TrainingConfig { Device = "cuda:1" }, ranks: 2, count: 4),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("'cuda:1'").And.Message.Contains("set it to cuda"));
    }

    private static RankEnvironment RankOf(int localRank, int localSize)
    {
        return new RankEnvironment(localRank, localSize, localRank, localSize, "127.0.0.1", 29_500, RankLauncherKind.Torchrun);
    }
}
