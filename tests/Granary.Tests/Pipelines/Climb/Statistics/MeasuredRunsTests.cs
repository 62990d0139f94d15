using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class MeasuredRunsTests
{
    [Test]
    public void Regmixs_tables_hold_the_runs_that_their_readme_counts()
    {
        var train = MeasuredRuns.Read(RegMixTables.Train1M.Mixtures, RegMixTables.Train1M.Losses);
        var large = MeasuredRuns.Read(RegMixTables.Test1B.Mixtures, RegMixTables.Test1B.Losses);

        Assert.That((train.Keys.Count, train.Components.Count, train.Metrics.Count), Is.EqualTo((512, 17, 13)));
        Assert.That(large.Keys, Has.Count.EqualTo(64));
        Assert.That(train.Mixtures.Select(weights => weights.Sum()), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(train.Scores("pile_cc")[0], Is.EqualTo(5.169477939605713));
    }

    [Test]
    public void Rows_are_joined_by_name_in_whatever_order_they_stand()
    {
        using var folder = new TempFolder();
        var mixtures = Write(folder, "mixtures.csv", "index,a,b\n7,1,1\n3,1,3\n");
        var losses = Write(folder, "losses.csv", "index,x,y\n3,30,32\n7,70,72\n");

        var runs = MeasuredRuns.Read(mixtures, losses);

        Assert.That(runs.Keys, Is.EqualTo(new[] { "7", "3" }));
        Assert.That(runs.Mixtures[1], Is.EqualTo(new[] { 0.25, 0.75 }));
        Assert.That(runs.Scores("y"), Is.EqualTo(new[] { 72.0, 32 }));
        Assert.That(runs.Scores(MeasuredRuns.Mean), Is.EqualTo(new[] { 71.0, 31 }));
    }

    [Test]
    public void Runs_are_appended_by_the_components_names()
    {
        using var folder = new TempFolder();
        var losses = Write(folder, "losses.csv", "index,x\n1,5\n");
        var runs = MeasuredRuns.Read(Write(folder, "first.csv", "index,a,b\n1,1,3\n"), losses);

        var both = runs.Append(MeasuredRuns.Read(Write(folder, "second.csv", "index,b,a\n1,1,3\n"), losses));

        Assert.That(both.Mixtures, Is.EqualTo(new[] { new[] { 0.25, 0.75 }, [0.75, 0.25] }));
    }

    [TestCase("index,a\n1,1\n", "index,x\n2,5\n", "Run '1'", Description = "a run without losses")]
    [TestCase("index,a\n1,1\n", "index,x\n1,5\n2,5\n", "Run '2'", Description = "a run without a mixture")]
    [TestCase("index,a\n1,1\n", "index,x\n1,nan\n", "'nan' is no number", Description = "a run that failed")]
    [TestCase("index,a\n1,1\n1,1\n", "index,x\n1,5\n", "a second time", Description = "a run twice")]
    [TestCase("index,a,b\n1,1\n", "index,x\n1,5\n", "'2' cells", Description = "a short line")]
    [TestCase("index,a\n1,0\n", "index,x\n1,5\n", "Run '1' has the weights '0'", Description = "no weight at all")]
    [TestCase("index,a\n", "index,x\n1,5\n", "no rows", Description = "an empty table")]
    public void Tables_that_cannot_be_joined_say_why(string mixtures, string losses, string says)
    {
        using var folder = new TempFolder();
        var paths = (Write(folder, "mixtures.csv", mixtures), Write(folder, "losses.csv", losses));

        var thrown = Assert.Throws<CorpusException>(() => MeasuredRuns.Read(paths.Item1, paths.Item2));

        Assert.That(thrown.Message, Does.Contain(says));
    }

    [TestCase("", Description = "all of them")]
    [TestCase("z", Description = "none")]
    public void A_target_must_mean_one_metric(string target)
    {
        using var folder = new TempFolder();
        var runs = MeasuredRuns.Read(Write(folder, "mixtures.csv", "index,a\n1,1\n"), Write(folder, "losses.csv", "index,x,y\n1,5,6\n"));

        var thrown = Assert.Throws<ArgumentException>(() => runs.Scores(target));

        Assert.That(thrown.Message, Does.Contain("'x', 'y'"));
    }

    private static string Write(TempFolder folder, string name, string text)
    {
        var path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
