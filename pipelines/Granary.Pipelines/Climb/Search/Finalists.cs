using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>The mixtures that a search may end with, each by a rule of its own, and the choice between them.</summary>
internal sealed class Finalists
{
    private const string BestFitted = "best-fitted";

    private readonly RoundPlan _plan;
    private readonly ICandidates _candidates;
    private readonly IReadOnlyList<MeasuredMixture> _measured;
    private readonly FittedChoice _fitted;
    private readonly RankedPool _pool;

    /// <summary>Creates the finalists of a search whose rounds are over.</summary>
    /// <exception cref="MixtureSearchException">No trial has a score.</exception>
    public Finalists(RoundPlan plan, ICandidates candidates, IReadOnlyList<FinishedTrial> searched, FittedChoice fitted, RankedPool pool)
    {
        _plan = plan;
        _candidates = candidates;
        _measured = [.. MeasuredMixture.Of(searched).OrderBy(mixture => mixture.Mean)];
        _fitted = fitted;
        _pool = pool;
        All = [.. Rules()];
    }

    /// <summary>One of each rule, whatever rule is asked for: the best observed first.</summary>
    public IReadOnlyList<MixtureChoice> All { get; }

    /// <summary>Those to train again: they differ, and where rules agree the next best observed take the places.</summary>
    public IReadOnlyList<MixtureChoice> ToVerify()
    {
        return [.. All
            .Concat(_measured.Skip(1).Select(Observed))
            .DistinctBy(choice => choice.Weights, WeightsComparer.Instance)
            .Take(_plan.Verify.Finalists)];
    }

    /// <summary>The choice, with its alternates.</summary>
    /// <param name="verified">The finalists' own trials; empty where the rule needs none.</param>
    public MixtureChoice Choose(IReadOnlyList<FinishedTrial> verified)
    {
        var chosen = _plan.Final == FinalRule.Verified ? Verified(verified) : Plain();
        return chosen with
        {
            WeightSpread = SpreadAround(chosen),
            Alternates = [.. chosen.Alternates, .. All.Where(choice => choice.Rule != chosen.Rule)],
        };
    }

    private MixtureChoice Plain()
    {
        var rule = _plan.Final switch { FinalRule.Argmin => "argmin", FinalRule.MeanTop => "mean-top", _ => "best-observed" };

        // A predictor that learned nothing cannot choose: its best is whatever the ties' order puts first.
        return All.FirstOrDefault(choice => choice.Rule == rule) ?? All[0];
    }

    private MixtureChoice Verified(IReadOnlyList<FinishedTrial> trials)
    {
        var runs = MeasuredMixture.Of(trials).OrderBy(mixture => mixture.Mean).Select(mixture => new MixtureChoice
        {
            Rule = "verified",
            Weights = mixture.Weights,
            Predicted = PredictedOf(mixture.Weights),
            Measured = mixture.Mean,
            Spread = mixture.Spread,
        }).ToList();
        return runs.Count == 0 ? All[0] : runs[0] with { Alternates = runs[1..] };
    }

    private IEnumerable<MixtureChoice> Rules()
    {
        yield return Observed(_measured[0]);
        if (_fitted.Predictor is not { IsConstant: false } || _pool.Count == 0)
        {
            yield break;
        }

        var top = (int)Math.Max(1, Math.Round(_plan.MeanTop * (_pool.Count / 100_000.0)));
        yield return Predicted("mean-top", _candidates.Nearest(_pool.MeanOfBest(top)));
        yield return Predicted("argmin", _pool.Candidates[0].Weights);
        yield return Predicted(BestFitted, _measured.MinBy(mixture => PredictedOf(mixture.Weights))!.Weights);
    }

    private MixtureChoice Observed(MeasuredMixture mixture)
    {
        return new MixtureChoice { Rule = "best-observed", Weights = mixture.Weights, Predicted = PredictedOf(mixture.Weights), Measured = mixture.Mean, Spread = mixture.Spread };
    }

    private MixtureChoice Predicted(string rule, IReadOnlyList<double> weights)
    {
        var measured = _measured.FirstOrDefault(mixture => WeightsComparer.Instance.Equals(mixture.Weights, weights));
        return new MixtureChoice { Rule = rule, Weights = weights, Predicted = PredictedOf(weights), Measured = measured?.Mean ?? double.NaN, Spread = measured?.Spread ?? double.NaN };
    }

    private double PredictedOf(IReadOnlyList<double> weights)
    {
        return _fitted.Predict([[.. weights]])[0];
    }

    // Among mixtures whose prediction is within the noise of the chosen one's; without repeats the predictor's own error stands for it.
    private IReadOnlyList<double> SpreadAround(MixtureChoice chosen)
    {
        if (!double.IsFinite(chosen.Predicted))
        {
            return [];
        }

        var noise = MeasuredMixture.Noise(_measured) is var measured && double.IsFinite(measured) ? measured : _fitted.Fits[0].Rmse;
        var alike = _pool.Candidates.Where((_, i) => _pool.Predicted[i] <= chosen.Predicted + noise).Select(candidate => candidate.Weights).ToList();
        return alike.Count < 2 ? [] : [.. Enumerable.Range(0, chosen.Weights.Count).Select(i => Deviation([.. alike.Select(weights => weights[i])]))];
    }

    private static double Deviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
