using Granary.Core;

namespace Granary.Data.Shards.Tests;

public sealed class ShardGroupRunsTests
{
    [Test]
    public void Rows_of_one_group_that_follow_one_another_are_one_run()
    {
        var runs = new ShardGroupRuns(4);

        runs.Add(0, ShardGroup.NoCluster, 3);
        runs.Add(0, ShardGroup.NoCluster, 2);
        runs.Add(0, 7, 1);
        runs.Add(1, 7, 1);
        runs.Add(0, ShardGroup.NoCluster, 4);

        Assert.That(runs.Runs.Select(run => (run.Source, run.Cluster, run.Rows)), Is.EqualTo(new[] { (0, -1, 5L), (0, 7, 1L), (1, 7, 1L), (0, -1, 4L) }));
    }

    [Test]
    public void No_rows_are_no_runs()
    {
        Assert.That(new ShardGroupRuns(4).Runs, Is.Empty);
    }

    [Test]
    public void Rows_that_change_between_groups_too_often_are_refused_with_what_to_do()
    {
        var runs = new ShardGroupRuns(6);
        for (var i = 0; i < ShardGroupRuns.MostRuns; i++)
        {
            runs.Add(i % 2, ShardGroup.NoCluster, 1);
        }

        Assert.That(runs.Runs, Has.Count.EqualTo(ShardGroupRuns.MostRuns));
        Assert.That(() => runs.Add(0, ShardGroup.NoCluster, 1), Throws.TypeOf<CorpusException>().With.Message.Contains("bucket 2^6").And.Message.Contains("source by source"));
    }
}
