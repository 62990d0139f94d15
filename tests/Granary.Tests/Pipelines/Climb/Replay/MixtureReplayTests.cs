using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Statistics;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Replay.Tests;

public sealed class MixtureReplayTests
{
    private const int Evaluations = 112;

    [Test]
    public void The_pool_is_the_rows_of_all_files()
    {
        var table = Table("pile_cc");

        Assert.That(table.Mixtures, Has.Count.EqualTo(768));
        Assert.That(table.Least, Is.EqualTo(5.0821).Within(5e-5));
        Assert.That(Table(MeasuredRuns.Mean).Least, Is.EqualTo(4.7488).Within(5e-5));
    }

    [TestCase("robust", 0, 0.006, Description = "what the search must reach")]
    [TestCase("random", 0.01, 0.08, Description = "the best of 112 of 768 rows: 0.033 on average")]
    public async Task Regret_lies_in_its_band(string method, double least, double most)
    {
        var outcome = await MixtureReplay.RunAsync(method, Table("pile_cc"), Evaluations, seeds: 3, CancellationToken.None);

        Assert.That(outcome.Regret.Order().ElementAt(1), Is.InRange(least, most));
    }

    [Test]
    [Category("Slow")]
    public async Task The_methods_stand_in_the_order_that_separate_pilots_found()
    {
        var table = Table("pile_cc");
        var regrets = new Dictionary<string, double>();
        foreach (var method in (string[])["robust", "paper", "random", "regmix"])
        {
            regrets[method] = (await MixtureReplay.RunAsync(method, table, Evaluations, seeds: 3, CancellationToken.None)).Regret.Average();
        }

        Assert.That(regrets["robust"], Is.LessThan(regrets["paper"]));
        Assert.That(regrets["paper"], Is.LessThan(regrets["regmix"]));
        Assert.That(regrets["random"], Is.LessThan(regrets["regmix"]));
    }

    [Test]
    public void A_method_that_needs_mixtures_of_its_own_is_refused()
    {
        Assert.ThrowsAsync<MixtureSearchException>(() => MixtureReplay.RunAsync("mixmin", Table("pile_cc"), Evaluations, seeds: 1, CancellationToken.None));
    }

    [Test]
    public void More_evaluations_than_rows_are_refused()
    {
        var thrown = Assert.ThrowsAsync<MixtureSearchException>(() => MixtureReplay.RunAsync("random", Table("pile_cc"), evaluations: 800, seeds: 1, CancellationToken.None));

        Assert.That(thrown.Message, Does.Contain("wants '800' mixtures, but the table holds 768"));
    }

    private static ReplayTable Table(string target)
    {
        var (train, test) = (RegMixTables.Train1M, RegMixTables.Test1M);
        return new ReplayTable(MeasuredRuns.Read(train.Mixtures, train.Losses).Append(MeasuredRuns.Read(test.Mixtures, test.Losses)), [target]);
    }
}
