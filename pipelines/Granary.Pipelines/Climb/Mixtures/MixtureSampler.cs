using System.Globalization;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Draws mixtures by RegMix's recipe (arXiv 2407.01492), within the bounds of a space; what <see cref="SamplingConfig"/> says.</summary>
internal sealed class MixtureSampler
{
    private const int Strengths = 15;
    private const double NearlyEqual = 1e-5;

    private readonly MixtureSpace _space;
    private readonly SamplingConfig _config;
    private readonly MixtureGrid _grid;
    private readonly double[] _base;

    /// <summary>Creates the sampler.</summary>
    public MixtureSampler(MixtureSpace space, SamplingConfig config)
    {
        _space = space;
        _config = config;
        _grid = new MixtureGrid(space.MaxWeights, config.MinWeight);
        var powers = space.Prior.Select(prior => prior > 0 ? Math.Pow(prior, config.Temperature) : 0).ToArray();
        _base = [.. powers.Select(power => power / powers.Sum())];
    }

    /// <summary>Mixtures that differ, picked at random among all that came through.</summary>
    /// <exception cref="MixtureSearchException">Too few came through; the message names what rejected most.</exception>
    public IReadOnlyList<double[]> Draw(int count, RandomKey key)
    {
        var rejections = new int[_space.Count];
        var accepted = DrawMany(count * _config.Oversample, key, rejections);
        var distinct = WithoutNearDuplicates(accepted);
        if (distinct.Count < count)
        {
            throw TooFew(count, accepted.Count, distinct.Count, rejections);
        }

        return Picks.Of(distinct, count, key.Use("pick"));
    }

    /// <summary>What comes through of a number of draws, in the order of the draws; it may hold a mixture twice.</summary>
    public IReadOnlyList<double[]> DrawPool(int draws, RandomKey key)
    {
        return DrawMany(draws, key, new int[_space.Count]);
    }

    /// <summary>Draws around mixtures: Dirichlet(s x weights + a little), s spread in log over a range.</summary>
    public IReadOnlyList<double[]> DrawAround(IReadOnlyList<double[]> centres, IReadOnlyList<double> strength, int draws, RandomKey key)
    {
        // 0.02: a component without weight keeps a chance.
        const double Floor = 0.02;
        var result = new double[draws][];
        Parallel.For(0, draws, draw =>
        {
            var own = key.Fold(draw);
            var centre = centres[(int)own.BelowAt(0, centres.Count)];
            var s = strength[0] * Math.Pow(strength[1] / strength[0], own.DoubleAt(1));
            result[draw] = _grid.Nearest(DirichletDraws.At([.. centre.Select(weight => (s * weight) + Floor)], own.Use("weights")));
        });
        return result;
    }

    /// <summary>The nearest mixture that may be proposed.</summary>
    public double[] Nearest(IReadOnlyList<double> weights)
    {
        return _grid.Nearest(weights);
    }

    private List<double[]> DrawMany(int draws, RandomKey key, int[] rejections)
    {
        var drawn = new double[draws][];
        Parallel.For(0, draws, draw => drawn[draw] = DrawOne(key.Fold(draw)));
        var accepted = new List<double[]>(draws);
        foreach (var weights in drawn)
        {
            var beyond = FirstBeyondUsage(weights);
            if (beyond < 0)
            {
                accepted.Add(_grid.Nearest(weights));
            }
            else
            {
                rejections[beyond]++;
            }
        }

        return accepted;
    }

    private double[] DrawOne(RandomKey key)
    {
        var (least, greatest) = (_config.Strength[0], _config.Strength[1]);
        var s = least * Math.Pow(greatest / least, key.BelowAt(0, Strengths) / (Strengths - 1.0));
        return DirichletDraws.At(Array.ConvertAll(_base, share => share * s), key.Use("weights"));
    }

    // The bound is of the prior itself, before the temperature.
    private int FirstBeyondUsage(double[] weights)
    {
        return _config.MaxUsage == 0 ? -1 : Array.FindIndex(weights.Select((weight, i) => weight > Math.Min(1, _config.MaxUsage * _space.Prior[i])).ToArray(), isBeyond => isBeyond);
    }

    // Neighbours in sorted order, as RegMix does it.
    private static List<double[]> WithoutNearDuplicates(IReadOnlyList<double[]> mixtures)
    {
        var kept = new List<double[]>();
        foreach (var weights in mixtures.Order(Comparer<double[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b))))
        {
            if (kept.Count == 0 || Distance.Between(kept[^1], weights) > NearlyEqual)
            {
                kept.Add(weights);
            }
        }

        return kept;
    }

    private MixtureSearchException TooFew(int wanted, int accepted, int distinct, int[] rejections)
    {
        var draws = wanted * _config.Oversample;
        var most = Array.IndexOf(rejections, rejections.Max());
        var reason = draws - accepted > accepted - distinct
            ? string.Create(CultureInfo.InvariantCulture, $"most often because '{_space.Components[most].Name}' was beyond {_config.MaxUsage} times its share of {_space.Prior[most]:G3} ({rejections[most]} draws). Raise sampling.max_usage or sampling.strength")
            : string.Create(CultureInfo.InvariantCulture, $"most often because they equal another ({accepted - distinct} draws): there are few mixtures within the bounds. Lower sampling.min_weight, allow more epochs, or make fewer trials");
        return new MixtureSearchException($"Of '{draws}' mixtures drawn, '{distinct}' came through, but {wanted} are wanted; the others were rejected, {reason}.");
    }
}
