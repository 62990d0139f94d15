namespace Granary.Cluster.Grains.Tests;

public sealed class MixtureSearchGrainTests
{
    [Test]
    public async Task Rounds_are_kept_for_the_next_coordinator_and_what_cannot_be_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await Search(cluster).ReportAsync(new MixtureRound { Round = 0, Done = 1, Running = 2, Failed = 0, Best = new MixtureBest("t", 3.25, new Dictionary<string, double> { ["a"] = 1 }) });

        await cluster.RestartAsync();

        var search = await Search(cluster).SnapshotAsync();
        Assert.Multiple(async () =>
        {
            Assert.That((search!.Job, search.Rounds.Single().Running, search.Best!.Value), Is.EqualTo(("j", 2, 3.25)));
            Assert.That(() => Search(cluster).ReportAsync(new MixtureRound { Round = -1, Done = 0, Running = 0, Failed = 0 }), Throws.TypeOf<RequestRefusedException>());
            Assert.That(await cluster.Grains.GetGrain<IMixtureSearchGrain>("other").SnapshotAsync(), Is.Null);
        });
    }

    private static IMixtureSearchGrain Search(TestCluster cluster) => cluster.Grains.GetGrain<IMixtureSearchGrain>("j");
}
