using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>Runs searches in worlds whose best mixture is known.</summary>
public static class MixtureSimulation
{
    /// <summary>Searches with every method in the same worlds, one for each seed from 1.</summary>
    /// <param name="methods">Names of <see cref="SearchMethods"/>.</param>
    /// <param name="config">The worlds.</param>
    /// <param name="searched">Hears of each search that ends: its method, seed and test score.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MixtureSearchException">A method cannot run in such a world.</exception>
    public static async Task<IReadOnlyList<SimulationOutcome>> RunAsync(IReadOnlyList<string> methods, SimulationConfig config, Action<string, int, double> searched, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(config);
        var scores = methods.ToDictionary(method => method, _ => new List<SearchScore>());
        var trials = new Dictionary<string, int>();
        for (var seed = 1; seed <= config.Seeds; seed++)
        {
            var world = WorldOf(config, seed);
            var (uniform, best) = (world.Test([.. Enumerable.Repeat(1.0 / world.Space.Count, world.Space.Count)]), world.Test(world.Optimum));
            foreach (var method in methods)
            {
                var search = ConfigOf(method, config);
                trials[method] = search.Build(world.Space, seed).Trials;
                var choice = await SearchAsync(search, world, seed, new SearchMemory(), cancellationToken);
                var test = world.Test(choice.Weights);
                scores[method].Add(new SearchScore(test, test - best, (uniform - test) / (uniform - best), Distance.Between(choice.Weights, world.Optimum)));
                searched(method, seed, test);
            }
        }

        return [.. methods.Select(method => OutcomeOf(method, trials[method], scores[method]))];
    }

    /// <summary>One search in the world of seed 1 whose state is kept in a folder: killed and run again, it goes on.</summary>
    /// <exception cref="MixtureSearchException">The folder holds another search.</exception>
    public static Task<MixtureChoice> RunInFolderAsync(string method, SimulationConfig config, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        var world = WorldOf(config, seed: 1);
        var search = ConfigOf(method, config);
        var settings = ConfigurationFile.Write(config) + ConfigurationFile.Write(search);
        return SearchAsync(search, world, seed: 1, SearchFolder.Open(folder, world.Space, settings), cancellationToken);
    }

    private static IMixtureWorld WorldOf(SimulationConfig config, long seed)
    {
        return config.World == SimulationConfig.Analytic
            ? new AnalyticWorld(config.Components, config.Noise, seed)
            : new MarkovWorld(config.Components, config.Symbols, seed);
    }

    private static SearchConfig ConfigOf(string method, SimulationConfig config)
    {
        var search = SearchMethods.Of(method);
        if (search is DoReMiConfig)
        {
            throw new MixtureSearchException($"Method '{method}' is doremi, which needs a model that learns by gradients; a simulation has none. Try it on real proxies.");
        }

        // A file says itself on what grid it searches.
        return (SearchMethods.IsFile(method) ? search : OnGrid(search, config.MinWeight)).WithTrials(config.Evaluations);
    }

    private static SearchConfig OnGrid(SearchConfig search, double minWeight)
    {
        return search switch
        {
            ClimbConfig climb => climb with { Sampling = climb.Sampling with { MinWeight = minWeight } },
            RegMixConfig regMix => regMix with { Sampling = regMix.Sampling with { MinWeight = minWeight } },
            RandomConfig random => random with { Sampling = random.Sampling with { MinWeight = minWeight } },
            MixMinSearchConfig mixMin => mixMin with { MinWeight = minWeight },
            var other => other,
        };
    }

    private static Task<MixtureChoice> SearchAsync(SearchConfig config, IMixtureWorld world, long seed, ISearchState state, CancellationToken cancellationToken)
    {
        return new SearchDriver(config.Build(world.Space, seed), config, state, new FunctionTrials(world.Run), new NoObserver()).RunAsync(cancellationToken);
    }

    private static SimulationOutcome OutcomeOf(string method, int trials, IReadOnlyList<SearchScore> scores)
    {
        return new SimulationOutcome
        {
            Method = method,
            Trials = trials,
            Test = [.. scores.Select(score => score.Test)],
            Regret = [.. scores.Select(score => score.Regret)],
            GapClosed = [.. scores.Select(score => score.GapClosed)],
            Distance = [.. scores.Select(score => score.Distance)],
        };
    }

    private readonly record struct SearchScore(double Test, double Regret, double GapClosed, double Distance);
}
