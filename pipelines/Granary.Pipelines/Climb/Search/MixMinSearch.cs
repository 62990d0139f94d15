using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A model of each component alone; the weights with which their likelihoods mix best become the weights of the text.</summary>
internal sealed class MixMinSearch : IMixtureSearch
{
    private readonly MixtureSpace _space;
    private readonly MixMinSearchConfig _config;
    private readonly TrialWriter _writer;

    /// <summary>Creates the method.</summary>
    public MixMinSearch(MixtureSpace space, MixMinSearchConfig config, long seed)
    {
        _space = space;
        _config = config;
        _writer = new TrialWriter(config, space, seed);
    }

    /// <inheritdoc/>
    public string Name => MixMinSearchConfig.Name;

    /// <inheritdoc/>
    public int Trials => _space.Count;

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        // A bound is for the target run; here a model of the component alone is wanted, however small that is.
        return history.Count > 0
            ? new Proposal([], [])
            : new Proposal([.. Vertices.Of(_space).Select((vertex, i) => _writer.Write(1, i, vertex, TrialOrigin.Vertex))], []);
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        // A component whose model failed gets no weight.
        var models = history.Where(finished => finished.Result.DocumentNats.Count > 0 && !finished.Result.HasFailed).ToList();
        if (models.Count == 0)
        {
            throw new MixtureSearchException($"None of the '{history.Count}' trials kept what each held-out document costs, so MixMin has nothing to mix. Choose an objective of held-out losses, or another search.type.");
        }

        var solution = MixMinSolver.Solve([.. models.Select(model => model.Result.DocumentNats)], models[0].Result.DocumentTokens, _config.Solver);
        var weights = new double[_space.Count];
        foreach (var (model, weight) in models.Zip(solution.Weights))
        {
            weights[model.Trial.Index] = weight;
        }

        return new MixtureChoice { Rule = Name, Weights = new MixtureGrid(_space.MaxWeights, _config.MinWeight).Nearest(weights) };
    }
}
