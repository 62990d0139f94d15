using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Search.Tests;

namespace Granary.Pipelines.Climb.Simulation.Tests;

public sealed class MixtureSimulationTests
{
    private static readonly ClimbConfig Config = new()
    {
        Sampling = new() { MinWeight = 2e-3 },
        Pool = new() { Size = 4_000 },
        Predictors = [new GaussianProcessConfig()],
    };

    [Test]
    public async Task On_Markov_corpora_the_search_comes_near_the_known_mixture()
    {
        var config = new SimulationConfig { Components = 8, Evaluations = 56, Seeds = 1, Symbols = 20_000 };

        var outcomes = await MixtureSimulation.RunAsync(["robust", "random", "uniform"], config, (_, _, _) => { }, CancellationToken.None);

        Assert.That(outcomes[0].GapClosed[0], Is.GreaterThan(0.7));
        Assert.That(outcomes[0].Distance[0], Is.LessThan(outcomes[1].Distance[0]));
        Assert.That(outcomes[2].GapClosed[0], Is.Zero.Within(1e-9));
    }

    [Test]
    public async Task Junk_gets_less_than_its_even_share()
    {
        var world = new AnalyticWorld(components: 9, noise: 0.003, seed: 2);

        var choice = await SearchAsync(world.Space, world.Run);

        Assert.That(choice.Weights.Where((_, component) => AnalyticWorld.IsJunk(component)), Has.All.LessThan(1.0 / 9));
    }

    [Test]
    public async Task Splitting_a_component_in_two_leaves_their_sum()
    {
        var world = new AnalyticWorld(components: 6, noise: 0, seed: 4);
        var halves = world.Space.Components[0] with { Prior = world.Space.Prior[0] / 2 };
        var split = new MixtureSpace([halves with { Name = "c00 one" }, halves with { Name = "c00 other" }, .. world.Space.Components.Skip(1)]);

        var whole = await SearchAsync(world.Space, world.Run);
        var parts = await SearchAsync(split, trial => world.Run(trial with { Weights = [trial.Weights[0] + trial.Weights[1], .. trial.Weights.Skip(2)] }));

        Assert.That(parts.Weights[0] + parts.Weights[1], Is.EqualTo(whole.Weights[0]).Within(0.1));
    }

    private static Task<MixtureChoice> SearchAsync(MixtureSpace space, Func<Trial, TrialResult> run)
    {
        return new SearchDriver(Config.Build(space, seed: 1), Config, new SearchMemory(), new FakeTrials(run, order: 1), new SilentObserver()).RunAsync(CancellationToken.None);
    }
}
