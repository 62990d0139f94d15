using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>
/// Search by rounds: the first is drawn, each later one is picked among what a predictor of all trials before thinks best, and
/// a rule chooses. With three rounds it is CLIMB, with one RegMix, with one and no predictor random search.
/// </summary>
internal sealed class RoundSearch : IMixtureSearch
{
    private readonly RoundPlan _plan;
    private readonly ICandidates _candidates;
    private readonly TrialWriter _writer;
    private readonly MixtureSpace _space;
    private readonly RandomKey _key;

    /// <summary>Creates the method.</summary>
    public RoundSearch(RoundPlan plan, ICandidates candidates, TrialWriter writer, MixtureSpace space, long seed)
    {
        if (space.Count == 1)
        {
            throw Failures.OneComponent(space.Components[0].Name);
        }

        _plan = plan;
        _candidates = candidates;
        _writer = writer;
        _space = space;
        _key = RandomKey.FromSeed(seed).Use("search");
    }

    /// <inheritdoc/>
    public string Name => _plan.Name;

    /// <inheritdoc/>
    public int Trials => Rounds.Sum();

    /// <inheritdoc/>
    public IReadOnlyList<int> Rounds => IsVerified ? [.. _plan.Rounds, _plan.Verify.Finalists * _plan.Verify.Seeds] : _plan.Rounds;

    private bool IsVerified => _plan.Final == FinalRule.Verified;

    /// <inheritdoc/>
    public Proposal Propose(IReadOnlyList<FinishedTrial> history)
    {
        if (history.Count == 0)
        {
            return FirstRound();
        }

        if (history[^1].Trial.Origin == TrialOrigin.Finalist)
        {
            return new Proposal([], []);
        }

        var round = history[^1].Trial.Round + 1;
        var proposal = round <= _plan.Rounds.Count ? LaterRound(round, history) : new Proposal([], []);

        // A round for which nothing is left to try ends the rounds.
        return proposal.Trials.Count == 0 && IsVerified ? Verification(round, history) : proposal;
    }

    /// <inheritdoc/>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> history)
    {
        var searched = history.Where(finished => finished.Trial.Origin != TrialOrigin.Finalist).ToList();
        var round = searched.Count == 0 ? 1 : searched[^1].Trial.Round + 1;
        using var fitted = FittedChoice.Of(_plan.Predictors, searched, _key.Fold(round));
        var finals = new Finalists(_plan, _candidates, searched, fitted, PoolFor(round, searched, fitted));
        return finals.Choose([.. history.Except(searched)]) with { Fits = fitted.Fits };
    }

    private Proposal FirstRound()
    {
        var count = _plan.Rounds[0];
        var uniform = _candidates.Nearest([.. Enumerable.Repeat(1.0 / _space.Count, _space.Count)]);
        var anchors = _candidates.Holds(uniform) ? Math.Min(_plan.Anchors, count / 4) : 0;
        var drawn = _candidates.Draw(count - anchors, _key.Fold(1));
        return new Proposal(
            [
                .. Enumerable.Range(0, anchors).Select(repeat => _writer.Write(1, repeat, uniform, TrialOrigin.Anchor, repeat)),
                .. drawn.Select((weights, i) => _writer.Write(1, anchors + i, weights, TrialOrigin.Drawn)),
            ],
            []);
    }

    private Proposal LaterRound(int round, IReadOnlyList<FinishedTrial> history)
    {
        using var fitted = FittedChoice.Of(_plan.Predictors, history, _key.Fold(round));
        if (fitted.Predictor is null)
        {
            throw Failures.NoPredictor(round, fitted.Fits);
        }

        var pool = PoolFor(round, history, fitted);
        var count = _plan.Rounds[round - 1];
        var best = pool.Best(_plan.TopN.CountFor(count, pool.Count), _plan.ExcludesMeasured ? [.. history.Select(finished => finished.Trial.Weights)] : []);
        var picked = Picks.Of(best, count, _key.Fold(round).Use("pick"));
        var trials = picked.Select((pick, i) => _writer.Write(round, i, pick.Candidate.Weights, pick.Candidate.IsLocal ? TrialOrigin.Local : TrialOrigin.Predicted));
        return new Proposal([.. trials], fitted.Fits) { Predicted = [.. picked.Select(pick => pick.Predicted)] };
    }

    private Proposal Verification(int round, IReadOnlyList<FinishedTrial> history)
    {
        using var fitted = FittedChoice.Of(_plan.Predictors, history, _key.Fold(round));
        var finalists = new Finalists(_plan, _candidates, history, fitted, PoolFor(round, history, fitted)).ToVerify();
        var runs = finalists.SelectMany(finalist => Enumerable.Range(1, _plan.Verify.Seeds).Select(seed => (finalist, seed))).ToList();
        return new Proposal([.. runs.Select((run, i) => _writer.Write(round, i, run.finalist.Weights, TrialOrigin.Finalist, FirstOwnSeed + run.seed))], fitted.Fits)
        {
            Predicted = [.. runs.Select(run => run.finalist.Predicted)],
        };
    }

    private RankedPool PoolFor(int round, IReadOnlyList<FinishedTrial> history, FittedChoice fitted)
    {
        var best = fitted.IsSmooth
            ? MeasuredMixture.Of(history).OrderBy(mixture => mixture.Mean).Take(_plan.LocalBest).Select(mixture => mixture.Weights.ToArray()).ToList()
            : [];
        var key = _plan.UsesFreshPool ? _key.Fold(round) : _key;
        return new RankedPool(fitted.Predictor is null ? [] : _candidates.Pool(best, key), fitted, _key.Fold(round).Use("ties"));
    }

    // Anchors have the seeds from 0 on.
    private const int FirstOwnSeed = 1_000;
}
