using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A trial for each component, of as much of it as its bound allows; the best wins.</summary>
internal sealed class BestSingleSearch : IMixtureSearch
{
    private readonly MixtureSpace _space;
    private readonly MixtureGrid _grid;
    private readonly TrialWriter _writer;

    /// <summary>Creates the method.</summary>
    public BestSingleSearch(MixtureSpace space, BestSingleConfig config, long seed)
    {
        _space = space;
        _grid = new MixtureGrid(space.MaxWeights, config.MinWeight);
        _writer = new TrialWriter(config, space, seed);
    }

    /// <inheritdoc/>
    public string Name => BestSingleConfig.Name;

    /// <inheritdoc/>
    public int Trials => _space.Count;

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        return history.Count > 0
            ? new Proposal([], [])
            : new Proposal([.. Vertices.Of(_space).Select((vertex, i) => _writer.Write(1, i, _grid.Nearest(vertex), TrialOrigin.Vertex))], []);
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        var best = MeasuredMixture.Of(history).MinBy(mixture => mixture.Mean) ?? throw Failures.NoScore(history.Count);
        return new MixtureChoice { Rule = Name, Weights = best.Weights, Measured = best.Mean, Spread = best.Spread };
    }
}
