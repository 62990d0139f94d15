using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A pool with the best predicted first; what is predicted the same stands in random order.</summary>
internal sealed class RankedPool
{
    private const double NearlyEqual = 1e-5;

    private readonly IReadOnlyList<Candidate> _candidates;
    private readonly double[] _predicted;

    /// <summary>Ranks a pool.</summary>
    public RankedPool(IReadOnlyList<Candidate> pool, FittedChoice fitted, RandomKey key)
    {
        var predicted = fitted.Predict([.. pool.Select(candidate => candidate.Weights)]);
        var order = Enumerable.Range(0, pool.Count).OrderBy(i => predicted[i]).ThenBy(i => key.UInt64At(i)).ToArray();
        _candidates = [.. order.Select(i => pool[i])];
        _predicted = [.. order.Select(i => predicted[i])];
    }

    /// <summary>The number of mixtures.</summary>
    public int Count => _candidates.Count;

    /// <summary>The mixtures, the best predicted first.</summary>
    public IReadOnlyList<Candidate> Candidates => _candidates;

    /// <summary>What is predicted of each.</summary>
    public IReadOnlyList<double> Predicted => _predicted;

    /// <summary>The first mixtures that are far enough from each other and from some others, with what is predicted of them.</summary>
    /// <param name="count">How many; fewer where the pool has no more.</param>
    /// <param name="others">Mixtures to keep away from.</param>
    public IReadOnlyList<(Candidate Candidate, double Predicted)> Best(int count, IReadOnlyList<IReadOnlyList<double>> others)
    {
        var best = new List<(Candidate, double)>();
        var taken = others.ToList();
        for (var i = 0; i < _candidates.Count && best.Count < count; i++)
        {
            var weights = _candidates[i].Weights;
            if (taken.All(other => Distance.Between(other, weights) > NearlyEqual))
            {
                taken.Add(weights);
                best.Add((_candidates[i], _predicted[i]));
            }
        }

        return best;
    }

    /// <summary>The mean of the first mixtures.</summary>
    public double[] MeanOfBest(int count)
    {
        var best = _candidates.Take(count).ToList();
        return [.. Enumerable.Range(0, best[0].Weights.Length).Select(i => best.Average(candidate => candidate.Weights[i]))];
    }
}
