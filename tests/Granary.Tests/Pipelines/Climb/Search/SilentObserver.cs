namespace Granary.Pipelines.Climb.Search.Tests;

/// <summary>Remembers what it hears.</summary>
internal sealed class SilentObserver : ISearchObserver
{
    public List<(int Round, int Trials)> Rounds { get; } = [];

    public List<(FinishedTrial Finished, double Predicted)> Ended { get; } = [];

    public MixtureChoice? Choice { get; private set; }

    public void RoundBegins(int round, Proposal proposal)
    {
        Rounds.Add((round, proposal.Trials.Count));
    }

    public void TrialEnds(FinishedTrial finished, double predicted)
    {
        Ended.Add((finished, predicted));
    }

    public void Chosen(MixtureChoice choice)
    {
        Choice = choice;
    }
}
