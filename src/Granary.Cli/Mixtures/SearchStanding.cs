using Granary.Cli.Benchmarks;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Cli.Mixtures;

/// <summary>How a search stands, from what was heard of it.</summary>
internal sealed class SearchStanding
{
    private const int FewestRanked = 4;

    private readonly int _trials;
    private readonly int _places;
    private readonly List<EndedTrial> _ended = [];
    private int _open; // of the round

    /// <summary>Nothing has been heard yet.</summary>
    /// <param name="trials">Trials that the search makes in all.</param>
    /// <param name="places">Trials that run at the same time.</param>
    public SearchStanding(int trials, int places)
    {
        (_trials, _places) = (trials, Math.Max(1, places));
    }

    /// <summary>The round, from 1; 0 before the first.</summary>
    public int Round { get; private set; }

    /// <summary>The fit that the round was proposed from; null without one.</summary>
    public PredictorFit? Fit { get; private set; }

    /// <summary>Trials that ended, in that order.</summary>
    public IReadOnlyList<EndedTrial> Ended => _ended;

    /// <summary>Trials in all; more than were announced where more have ended.</summary>
    public int Trials => Math.Max(_trials, _ended.Count + _open);

    /// <summary>Trials that ended without a score.</summary>
    public int Failed => _ended.Count(trial => trial.Finished.Result.HasFailed);

    /// <summary>Trials that run, as far as there are places.</summary>
    public int Running => Math.Min(_open, _places);

    /// <summary>The best trial so far; null before the first that has a score.</summary>
    public EndedTrial? Best => BestOf(1).FirstOrDefault();

    /// <summary>The time that all further trials take, if they take as long as the middle one so far; null before the first.</summary>
    public TimeSpan? Left
    {
        get
        {
            var seconds = _ended.Where(trial => !trial.Finished.Result.HasFailed).Select(trial => trial.Finished.Result.Seconds).ToList();
            return seconds.Count == 0 ? null : TimeSpan.FromSeconds(Math.Ceiling((double)(Trials - _ended.Count) / _places) * Median.Of(seconds));
        }
    }

    /// <summary>Spearman's rank correlation of what was predicted of trials and what they scored; NaN before there are four.</summary>
    public double Agreement
    {
        get
        {
            var known = _ended.Where(trial => double.IsFinite(trial.Predicted) && !trial.Finished.Result.HasFailed).ToList();
            return known.Count < FewestRanked ? double.NaN : RankCorrelation.Spearman([.. known.Select(trial => trial.Predicted)], [.. known.Select(trial => trial.Finished.Result.Score)]);
        }
    }

    /// <summary>The best trials, the best first; of equal ones the one that ended first.</summary>
    public IReadOnlyList<EndedTrial> BestOf(int count)
    {
        return [.. _ended.Where(trial => !trial.Finished.Result.HasFailed).OrderBy(trial => trial.Finished.Result.Score).Take(count)];
    }

    /// <summary>A round begins.</summary>
    public void Begin(int round, Proposal proposal)
    {
        (Round, Fit, _open) = (round, proposal.Fits.Count > 0 ? proposal.Fits[0] : null, proposal.Trials.Count);
    }

    /// <summary>A trial ended.</summary>
    public void End(FinishedTrial finished, double predicted)
    {
        _ended.Add(new EndedTrial(finished, predicted));
        _open = Math.Max(0, _open - 1);
    }
}
