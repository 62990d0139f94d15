namespace Granary.Pipelines.Climb.Search;

/// <summary>Hears nothing.</summary>
internal sealed class NoObserver : ISearchObserver
{
    /// <inheritdoc/>
    public void RoundBegins(int round, Proposal proposal)
    {
        // Nobody looks on.
    }

    /// <inheritdoc/>
    public void TrialEnds(FinishedTrial finished, double predicted)
    {
        // Nobody looks on.
    }

    /// <inheritdoc/>
    public void Chosen(MixtureChoice choice)
    {
        // Nobody looks on.
    }
}
