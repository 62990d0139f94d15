using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Replay;

/// <summary>Runs searches on a table of known results: they may visit its mixtures and no others.</summary>
public static class MixtureReplay
{
    /// <summary>Searches once with each seed from 1.</summary>
    /// <param name="method">A name of <see cref="SearchMethods"/>.</param>
    /// <param name="table">The results.</param>
    /// <param name="evaluations">Mixtures that a search may visit, finalists included.</param>
    /// <param name="seeds">Searches.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MixtureSearchException">The method cannot be replayed.</exception>
    public static async Task<ReplayOutcome> RunAsync(string method, ReplayTable table, int evaluations, int seeds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        var config = ForTable(method, evaluations);
        var choices = new List<MixtureChoice>();
        for (var seed = 1; seed <= seeds; seed++)
        {
            choices.Add(await SearchAsync(config, table, seed, cancellationToken));
        }

        return new ReplayOutcome
        {
            Method = method,
            Regret = [.. choices.Select(choice => table.ScoreOf(choice.Weights) - table.Least)],
            BestObservedRegret = [.. choices.Select(choice => BestObserved(choice) - table.Least)],
            RankCorrelation = [.. choices.Select(choice => choice.Fits.Count == 0 ? double.NaN : choice.Fits[0].RankCorrelation)],
        };
    }

    private static SearchConfig ForTable(string method, int evaluations)
    {
        var config = SearchMethods.Of(method);

        // A row has one result: a finalist is looked at once, and more seeds would tell nothing.
        if (config is ClimbConfig climb)
        {
            var seeds = climb.Verify.Seeds;
            config = seeds == 1 || seeds == new VerifyConfig().Seeds
                ? climb with { Verify = climb.Verify with { Seeds = 1 } }
                : throw new MixtureSearchException($"Method '{method}' sets verify.seeds to '{seeds}', but a row of a table has one result. Set it to 1, or leave it out.");
        }

        return config is IPooledSearchConfig
            ? config.WithTrials(evaluations)
            : throw new MixtureSearchException($"Method '{method}' needs mixtures of its own, which a table does not hold. Choose among robust, paper, curator, regmix and random.");
    }

    private static async Task<MixtureChoice> SearchAsync(SearchConfig config, ReplayTable table, int seed, CancellationToken cancellationToken)
    {
        var search = new CanonicalSearch(table.Space, sorted =>
        {
            var order = new CanonicalSpace(table.Space);
            return ((IPooledSearchConfig)config).BuildOn(sorted, new TableCandidates([.. table.Mixtures.Select(order.Sort)]), seed);
        });
        var trials = new FunctionTrials(trial => new TrialResult { Id = trial.Id, Score = table.ScoreOf(trial.Weights) });
        return await new SearchDriver(search, config, new SearchMemory(), trials, new NoObserver()).RunAsync(cancellationToken);
    }

    private static double BestObserved(MixtureChoice choice)
    {
        return choice.Alternates.Prepend(choice).Where(candidate => double.IsFinite(candidate.Measured)).Min(candidate => candidate.Measured);
    }
}
