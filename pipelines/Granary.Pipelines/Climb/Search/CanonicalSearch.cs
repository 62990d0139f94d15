using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A method that works on the components sorted by name, seen in the order in which they were given.</summary>
internal sealed class CanonicalSearch : IMixtureSearch
{
    private readonly CanonicalSpace _canonical;
    private readonly IMixtureSearch _inner;

    /// <summary>Creates the method; <paramref name="inner"/> is built on the sorted space.</summary>
    public CanonicalSearch(MixtureSpace space, Func<MixtureSpace, IMixtureSearch> inner)
    {
        _canonical = new CanonicalSpace(space);
        _inner = inner(_canonical.Space);
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public int Trials => _inner.Trials;

    /// <inheritdoc/>
    public IReadOnlyList<int> Rounds => _inner.Rounds;

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        var proposal = _inner.Propose(Sorted(history));
        return proposal with { Trials = [.. proposal.Trials.Select(trial => trial with { Weights = _canonical.Restore(trial.Weights) })] };
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        return Restored(_inner.Choose(Sorted(history)));
    }

    private IReadOnlyList<FinishedTrial> Sorted(IReadOnlyList<FinishedTrial> history)
    {
        return [.. history.Select(finished => new FinishedTrial(
            finished.Trial with { Weights = _canonical.Sort(finished.Trial.Weights) },
            finished.Result.LearnedWeights.Count == 0 ? finished.Result : finished.Result with { LearnedWeights = _canonical.Sort(finished.Result.LearnedWeights) }))];
    }

    private MixtureChoice Restored(MixtureChoice choice)
    {
        return choice with
        {
            Weights = _canonical.Restore(choice.Weights),
            WeightSpread = _canonical.Restore(choice.WeightSpread),
            Alternates = [.. choice.Alternates.Select(Restored)],
        };
    }
}
