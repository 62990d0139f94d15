using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>DoReMi (arXiv 2305.10429): a reference on the tokens' own shares, then a model whose mixture follows its excess loss.</summary>
internal sealed class DoReMiSearch : IMixtureSearch
{
    private readonly GroupDroSettings _settings;
    private readonly double[] _prior;
    private readonly MixtureGrid _grid;
    private readonly TrialWriter _writer;

    /// <summary>Creates the method.</summary>
    public DoReMiSearch(MixtureSpace space, DoReMiConfig config, long seed)
    {
        _settings = new GroupDroSettings(config.StepSize, config.Smoothing);
        _grid = new MixtureGrid(space.MaxWeights, config.MinWeight);
        _prior = _grid.Nearest(space.Prior);
        _writer = new TrialWriter(config, space, seed);
    }

    /// <inheritdoc/>
    public string Name => DoReMiConfig.Name;

    /// <inheritdoc/>
    public int Trials => 2;

    /// <inheritdoc/>
    public IReadOnlyList<int> Rounds => [1, 1]; // the second is compared with the first

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        return history.Count switch
        {
            0 => new Proposal([_writer.Write(1, 0, _prior, TrialOrigin.Reference)], []),
            1 => new Proposal([Follower(history[0].Trial)], []),
            _ => new Proposal([], []),
        };
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        var learned = history[^1].Result.LearnedWeights;
        return learned.Count > 0
            ? new MixtureChoice { Rule = Name, Weights = _grid.Nearest(learned) }
            : throw new MixtureSearchException($"Trial '{history[^1].Trial.Id}' ended without a mixture of its own, so DoReMi has none to choose. {history[^1].Result.Failure}");
    }

    private Trial Follower(Trial reference)
    {
        return _writer.Named(_writer.Write(2, 0, _prior, TrialOrigin.Drawn) with { Kind = TrialKind.GroupDro, Reference = reference.Id, GroupDro = _settings });
    }
}
