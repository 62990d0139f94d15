namespace Granary.Pipelines.Climb.Search;

/// <summary>A mixture that is known without a trial.</summary>
internal sealed class FixedSearch : IMixtureSearch
{
    private readonly double[] _weights;

    /// <summary>Creates the method.</summary>
    public FixedSearch(string name, double[] weights)
    {
        Name = name;
        _weights = weights;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Trials => 0;

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        return new Proposal([], []);
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        return new MixtureChoice { Rule = Name, Weights = _weights };
    }
}
