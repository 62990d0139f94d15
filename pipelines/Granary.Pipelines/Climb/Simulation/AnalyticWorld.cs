using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>
/// Losses by a formula: the sum over skills j of q_j (E_j + B_j (ε + Σ_i T_ji p_i)^-a_j), plus noise, where T says how much
/// component i teaches of skill j. Every third component is junk. The optimum is found by exponentiated gradient.
/// </summary>
internal sealed class AnalyticWorld : IMixtureWorld
{
    private const int Skills = 6;
    private const double Epsilon = 0.01;

    private readonly double[] _shares;    // q_j
    private readonly double[] _floors;    // E_j
    private readonly double[] _heights;   // B_j
    private readonly double[] _exponents; // a_j
    private readonly double[][] _teaches; // T_ji, a row a skill
    private readonly double _noise;

    /// <summary>Creates a world.</summary>
    /// <param name="components">K.</param>
    /// <param name="noise">The standard deviation of a trial's score.</param>
    /// <param name="seed">Worlds of another seed are others.</param>
    public AnalyticWorld(int components, double noise, long seed)
    {
        var key = RandomKey.FromSeed(seed).Use("analytic world");
        var shares = Uniform(key.Use("shares"), 0.3, 1);
        _shares = Array.ConvertAll(shares, share => share / shares.Sum());
        _floors = Uniform(key.Use("floors"), 1.5, 1);
        _heights = Uniform(key.Use("heights"), 0.4, 0.4);
        _exponents = Uniform(key.Use("exponents"), 0.15, 0.25);
        _teaches = [.. Enumerable.Range(0, Skills).Select(skill => Enumerable.Range(0, components).Select(component => Affinity(component, skill, key.Use("teaches"))).ToArray())];
        _noise = noise;
        var dirichlet = DirichletDraws.At([.. Enumerable.Repeat(1.0, components)], key.Use("prior"));
        Space = new MixtureSpace([.. dirichlet.Select((share, i) => new MixtureComponent { Name = $"c{i:D2}", Tokens = 0, Prior = (0.3 / components) + (0.7 * share) })]);
        Optimum = Minimise(components);
    }

    /// <inheritdoc/>
    public MixtureSpace Space { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Optimum { get; }

    /// <summary>Whether a component teaches next to nothing.</summary>
    public static bool IsJunk(int component)
    {
        return component % 3 == 2;
    }

    /// <inheritdoc/>
    public TrialResult Run(Trial trial)
    {
        // The noise is of the trial: its seed and its mixture.
        var key = RandomKey.FromSeed(trial.Seed).Use("noise");
        foreach (var weight in trial.Weights)
        {
            key = key.Fold(BitConverter.DoubleToInt64Bits(weight));
        }

        return new TrialResult { Id = trial.Id, Score = Test(trial.Weights) + (_noise * NormalDraws.At(key)) };
    }

    /// <inheritdoc/>
    public double Test(IReadOnlyList<double> weights)
    {
        return Enumerable.Range(0, Skills).Sum(skill => _shares[skill] * (_floors[skill] + (_heights[skill] * Math.Pow(Learned(skill, weights), -_exponents[skill]))));
    }

    private static double Affinity(int component, int skill, RandomKey key)
    {
        var own = key.Fold(component);
        var draw = own.Fold(skill);
        if (IsJunk(component))
        {
            return 0.02 * draw.DoubleAt(0);
        }

        return skill == own.BelowAt(0, Skills) ? 0.3 + (0.7 * own.DoubleAt(1)) : 0.25 * draw.DoubleAt(0) * draw.DoubleAt(1);
    }

    private static double[] Uniform(RandomKey key, double least, double range)
    {
        return [.. Enumerable.Range(0, Skills).Select(i => least + (range * key.DoubleAt(i)))];
    }

    private double Learned(int skill, IReadOnlyList<double> weights)
    {
        return Epsilon + _teaches[skill].Zip(weights, (teaches, weight) => teaches * weight).Sum();
    }

    // Convex on the simplex; steps that lead up are halved.
    private double[] Minimise(int components)
    {
        var weights = Enumerable.Repeat(1.0 / components, components).ToArray();
        var (loss, step) = (Test(weights), 4.0);
        for (var i = 0; i < 20_000 && step > 1e-9; i++)
        {
            var gradient = Gradient(weights);
            var moved = weights.Select((weight, k) => weight * Math.Exp(-step * gradient[k])).ToArray();
            var next = Array.ConvertAll(moved, weight => weight / moved.Sum());
            var lower = Test(next);
            (weights, loss, step) = lower <= loss ? (next, lower, step * 1.1) : (weights, loss, step / 2);
        }

        return weights;
    }

    private double[] Gradient(double[] weights)
    {
        var slopes = Enumerable.Range(0, Skills).Select(skill => -_shares[skill] * _heights[skill] * _exponents[skill] * Math.Pow(Learned(skill, weights), -_exponents[skill] - 1)).ToArray();
        return [.. weights.Select((_, i) => Enumerable.Range(0, Skills).Sum(skill => slopes[skill] * _teaches[skill][i]))];
    }
}
