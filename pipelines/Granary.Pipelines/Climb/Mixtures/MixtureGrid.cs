namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Mixtures whose weights are multiples of a smallest one and stay within their bounds.</summary>
internal sealed class MixtureGrid
{
    // Rounding of bounds that are whole multiples must not cost them one.
    private const double Slack = 1e-6;

    private readonly double[] _bounds;
    private readonly int[] _caps;
    private readonly int _units;

    /// <summary>Creates the grid.</summary>
    /// <param name="bounds">The largest weight of each component; sum to 1 or more.</param>
    /// <param name="minWeight">The smallest weight; rounded so that 1 is a multiple of it.</param>
    public MixtureGrid(IReadOnlyList<double> bounds, double minWeight)
    {
        _bounds = [.. bounds];
        _units = (int)Math.Round(1 / minWeight);
        _caps = [.. bounds.Select(bound => (int)Math.Floor((Math.Min(1, bound) * _units) + Slack))];

        // Bounds that leave no room are narrower than the grid: those that lost most by rounding give way, each by one unit.
        var order = Enumerable.Range(0, _caps.Length).OrderByDescending(i => (Math.Min(1, bounds[i]) * _units) - _caps[i]).ToArray();
        for (var rest = _units - _caps.Sum(); rest > 0; rest--)
        {
            _caps[order[(rest - 1) % order.Length]]++;
        }
    }

    /// <summary>
    /// The nearest mixture of the grid: weights below the smallest become 0, what is beyond a bound is handed to the others in
    /// proportion, and the rest is rounded by largest remainders.
    /// </summary>
    public double[] Nearest(IReadOnlyList<double> weights)
    {
        var least = 1.0 / _units;
        var wanted = weights.Select(weight => weight < least ? 0 : weight).ToArray();
        var within = WithinBounds(wanted.Sum() > 0 ? wanted : weights);
        var units = new int[within.Length];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = Math.Min(_caps[i], (int)Math.Floor((within[i] * _units) + Slack));
        }

        var order = Enumerable.Range(0, units.Length).OrderByDescending(i => (within[i] * _units) - units[i]).ToArray();
        for (var (rest, turn) = (_units - units.Sum(), 0); rest > 0; turn++)
        {
            // A component without weight stays without, while another has room.
            var i = order[turn % order.Length];
            if (units[i] < _caps[i] && (within[i] > 0 || turn >= order.Length))
            {
                units[i]++;
                rest--;
            }
        }

        return Array.ConvertAll(units, unit => (double)unit / _units);
    }

    // Weights that sum to 1, none beyond its bound: those at their bounds are fixed, the others share what is left.
    private double[] WithinBounds(IReadOnlyList<double> weights)
    {
        var sum = weights.Sum();
        var result = weights.Select(weight => weight / sum).ToArray();
        var isFixed = new bool[result.Length];
        for (var round = 0; round < result.Length; round++)
        {
            var beyond = Enumerable.Range(0, result.Length).Where(i => !isFixed[i] && result[i] > _bounds[i] + Slack).ToList();
            if (beyond.Count == 0)
            {
                break;
            }

            beyond.ForEach(i => (isFixed[i], result[i]) = (true, _bounds[i]));
            Share(result, isFixed);
        }

        return result;
    }

    private void Share(double[] weights, bool[] isFixed)
    {
        var free = Enumerable.Range(0, weights.Length).Where(i => !isFixed[i]).ToList();
        var left = 1 - Enumerable.Range(0, weights.Length).Where(i => isFixed[i]).Sum(i => weights[i]);
        var held = free.Sum(i => weights[i]);
        foreach (var i in free)
        {
            // Where nothing free has weight, what is left goes by the room there is.
            weights[i] = held > 0 ? weights[i] / held * left : _bounds[i] / Math.Max(double.Epsilon, free.Sum(other => _bounds[other])) * left;
        }
    }
}
