using System.Diagnostics;

namespace Granary.Pipelines.Climb.Search;

/// <summary>
/// Runs a search to its end. What it does next follows from the state alone, so it can be killed at any moment and run
/// again, and neither the order of results nor the number of workers changes a proposal.
/// </summary>
public sealed class SearchDriver
{
    private const double Rounding = 1e-9;

    private readonly IMixtureSearch _search;
    private readonly SearchConfig _config;
    private readonly ISearchState _state;
    private readonly ITrialRunner _runner;
    private readonly ISearchObserver _observer;

    /// <summary>Creates the driver.</summary>
    /// <param name="search">The method, built from <paramref name="config"/>.</param>
    /// <param name="config">Says how often a trial is tried again, and how many must succeed.</param>
    /// <param name="state">What is remembered; it may hold a part of this search.</param>
    /// <param name="runner">Makes trials.</param>
    /// <param name="observer">Hears of everything, of what was done before too.</param>
    public SearchDriver(IMixtureSearch search, SearchConfig config, ISearchState state, ITrialRunner runner, ISearchObserver observer)
    {
        _search = search;
        _config = config;
        _state = state;
        _runner = runner;
        _observer = observer;
    }

    /// <summary>Goes on from the state to the choice.</summary>
    /// <exception cref="MixtureSearchException">Too few trials of a round have a result.</exception>
    public async Task<MixtureChoice> RunAsync(CancellationToken cancellationToken)
    {
        List<FinishedTrial> history = [];
        for (var round = 1; ; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var proposal = ProposalOf(round, history);
            if (proposal.Trials.Count == 0)
            {
                break;
            }

            _observer.RoundBegins(round, proposal);
            var finished = await FinishAsync(proposal, cancellationToken);
            RequireEnough(round, finished);
            history.AddRange(finished);
        }

        var choice = _search.Choose(history);
        _state.KeepChoice(choice);
        _observer.Chosen(choice);
        return choice;
    }

    private Proposal ProposalOf(int round, IReadOnlyList<FinishedTrial> history)
    {
        if (_state.ReadRound(round) is { } kept)
        {
            return kept;
        }

        var proposal = _search.Propose(history);
        if (proposal.Trials.Count > 0)
        {
            _state.KeepRound(round, proposal);
        }

        return proposal;
    }

    private async Task<IReadOnlyList<FinishedTrial>> FinishAsync(Proposal proposal, CancellationToken cancellationToken)
    {
        var predicted = proposal.Trials.Zip(proposal.Predicted).ToDictionary(pair => pair.First.Id, pair => pair.Second);
        var trials = proposal.Trials.ToDictionary(trial => trial.Id);
        var results = new Dictionary<string, TrialResult>();
        foreach (var trial in proposal.Trials)
        {
            if (_state.ReadResult(trial) is { } kept)
            {
                Take(kept);
            }
        }

        // Each pass makes every trial that has no result; one that fails leaves the passes when its attempts are used up.
        while (results.Count < trials.Count)
        {
            var open = proposal.Trials.Where(trial => !results.ContainsKey(trial.Id)).ToDictionary(trial => trial.Id);
            await foreach (var result in _runner.RunAsync([.. open.Values], cancellationToken).WithCancellation(cancellationToken))
            {
                open.Remove(result.Id);
                if (IsFinal(trials[result.Id], result))
                {
                    _state.KeepResult(result);
                    Take(result);
                }
            }

            Debug.Assert(open.Count == 0, "a runner gives a result for each trial");
        }

        return [.. proposal.Trials.Select(trial => new FinishedTrial(trial, results[trial.Id]))];

        void Take(TrialResult result)
        {
            results.Add(result.Id, result);
            _observer.TrialEnds(new FinishedTrial(trials[result.Id], result), predicted.GetValueOrDefault(result.Id, double.NaN));
        }
    }

    private bool IsFinal(Trial trial, TrialResult result)
    {
        if (!result.HasFailed)
        {
            return true;
        }

        var failures = _state.CountFailures(trial) + 1;
        if (failures > _config.Retries)
        {
            return true;
        }

        _state.KeepFailure(result, failures);
        return false;
    }

    private void RequireEnough(int round, IReadOnlyList<FinishedTrial> finished)
    {
        var failed = finished.Where(trial => trial.Result.HasFailed).ToList();
        var needed = Math.Max(1, (int)Math.Floor((_config.MinComplete * finished.Count) + Rounding));
        if (finished.Count - failed.Count < needed)
        {
            throw new MixtureSearchException(
                $"Of the '{finished.Count}' trials of round {round}, '{failed.Count}' failed, but {needed} must succeed (search.min_complete = {_config.MinComplete}). The first, '{failed[0].Trial.Id}', says: {failed[0].Result.Failure ?? "Its score is no number."} "
                + "Where a setting is the cause, change it and search under another name. Otherwise mend the cause, remove the failed trials' folders below 'trials' and their proxies' below 'proxies', and run again: what failed is kept and not tried anew.");
        }
    }
}
