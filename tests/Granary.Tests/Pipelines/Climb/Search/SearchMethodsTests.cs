using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Replay;
using Granary.Pipelines.Climb.Simulation;
using Granary.Pipelines.Climb.Statistics;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class SearchMethodsTests
{
    [Test]
    public void A_file_is_a_method_with_its_own_settings_but_for_amounts_that_no_table_knows()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["own.yaml"], "type: regmix\nmean_top: 5\n");
        File.WriteAllText(folder["capped.yaml"], "type: regmix\ncaps: {max_epochs: 2}\n");

        Assert.That(((RegMixConfig)SearchMethods.Of(folder["own.yaml"])).MeanTop, Is.EqualTo(5));
        Assert.That(() => SearchMethods.Of(folder["capped.yaml"]), Throws.TypeOf<ConfigurationException>().With.Message.Contains("sets 'caps'"));
    }

    [Test]
    public void More_seeds_for_finalists_than_a_row_has_results_are_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["seeds.yaml"], "type: climb\nverify: {seeds: 3}\n");
        File.WriteAllText(folder["mixtures.csv"], "run,a,b\n1,0.5,0.5\n2,0.1,0.9\n");
        File.WriteAllText(folder["losses.csv"], "run,loss\n1,2.5\n2,2.1\n");
        var table = new ReplayTable(MeasuredRuns.Read(folder["mixtures.csv"], folder["losses.csv"]), ["loss"]);

        Assert.That(() => MixtureReplay.RunAsync(folder["seeds.yaml"], table, evaluations: 2, seeds: 1, CancellationToken.None), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("verify.seeds to '3'"));
    }

    [Test]
    public async Task A_simulation_s_grid_is_for_methods_that_do_not_say_their_own()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["coarse.yaml"], "type: random\nsampling: {min_weight: 0.1, strength: [1, 20]}\n");
        var config = new SimulationConfig { World = SimulationConfig.Analytic, Components = 4, Evaluations = 8, MinWeight = 0.001 };

        var choice = await MixtureSimulation.RunInFolderAsync(folder["coarse.yaml"], config, folder["search"], CancellationToken.None);

        Assert.That(choice.Weights.Select(weight => weight * 10), Has.All.Matches<double>(tenths => Math.Abs(tenths - Math.Round(tenths)) < 1e-9));
    }

    [Test]
    public void RegMixs_pool_follows_the_first_grid_unless_it_says_its_own()
    {
        var following = new RegMixConfig { Sampling = new() { MinWeight = 0.02 } };
        var own = following with { PoolSampling = new() { MinWeight = 0.05 } };

        Assert.That((following.PoolSampling.MinWeight, own.PoolSampling.MinWeight), Is.EqualTo((0.02, 0.05)));
    }
}
