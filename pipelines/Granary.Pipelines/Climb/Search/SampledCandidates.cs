using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Mixtures drawn from the simplex, within the bounds of a space.</summary>
internal sealed class SampledCandidates : ICandidates
{
    private readonly PoolConfig _pool;
    private readonly MixtureSampler _first;
    private readonly MixtureSampler _later;

    /// <summary>Creates the candidates.</summary>
    public SampledCandidates(MixtureSpace space, SamplingConfig first, PoolConfig pool)
    {
        _pool = pool;
        _first = new MixtureSampler(space, first);
        _later = new MixtureSampler(space, pool.Sampling);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Draw(int count, RandomKey key)
    {
        return _first.Draw(count, key);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Pool(IReadOnlyList<double[]> best, RandomKey key)
    {
        var local = best.Count == 0 ? 0 : (int)Math.Round(_pool.Local * _pool.Size);
        var drawn = _later.DrawPool(_pool.Size - local, key.Use("pool"));
        var around = local == 0 ? [] : _later.DrawAround(best, _pool.LocalStrength, local, key.Use("local"));
        return [.. drawn.Select(weights => new Candidate(weights, IsLocal: false)), .. around.Select(weights => new Candidate(weights, IsLocal: true))];
    }

    /// <inheritdoc/>
    public double[] Nearest(IReadOnlyList<double> mixture)
    {
        return _first.Nearest(mixture);
    }

    /// <inheritdoc/>
    public bool Holds(IReadOnlyList<double> mixture)
    {
        return true;
    }
}
