namespace Granary.Pipelines.Climb.Search;

/// <summary>Hears how a search goes on: a live table, an event log.</summary>
public interface ISearchObserver
{
    /// <summary>A round begins; trials that are finished already are among those proposed.</summary>
    void RoundBegins(int round, Proposal proposal);

    /// <summary>A trial ended.</summary>
    /// <param name="finished">The trial and its result.</param>
    /// <param name="predicted">What the round's predictor said it would score; NaN without one.</param>
    void TrialEnds(FinishedTrial finished, double predicted);

    /// <summary>The search has chosen.</summary>
    void Chosen(MixtureChoice choice);
}
