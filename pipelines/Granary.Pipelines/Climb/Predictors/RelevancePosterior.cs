namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// How probable settings of a kernel are, given runs. The settings stand in one vector of logarithms: a squared scale for
/// each component, the amplitude, the linear part's variance, the noise's variance. All priors are normal in these.
/// </summary>
internal sealed class RelevancePosterior
{
    private const double Width = 1.5; // of each prior, a factor of 4.5 up or down
    private const double StartLinear = -1;
    private const double Floor = 1e-8; // noise that is always there, so that covariances can be factored

    private readonly RelevanceProcessConfig _config;
    private readonly IReadOnlyList<double[]> _mixtures;
    private readonly double[] _standard;
    private readonly double[] _products; // Σ a_i b_i of each two mixtures
    private readonly double[][] _points; // unscaled powers
    private readonly int _components;

    public RelevancePosterior(RelevanceProcessConfig config, IReadOnlyList<double[]> mixtures, double[] standard)
    {
        _config = config;
        _mixtures = mixtures;
        _standard = standard;
        _components = mixtures[0].Length;
        _products = [.. from one in mixtures from other in mixtures select Vectors.Dot(one, other)];
        _points = [.. mixtures.Select(weights => weights.Select(weight => Math.Pow(Math.Max(0, weight), config.Power)).ToArray())];
    }

    /// <summary>The noise's variance under settings.</summary>
    public static double NoiseAt(ReadOnlySpan<double> at)
    {
        return Math.Exp(at[^1]) + Floor;
    }

    /// <summary>Where a search for the most probable settings begins.</summary>
    public double[] Start()
    {
        return [.. Enumerable.Repeat(0.0, _components), 0, StartLinear, Math.Log(_config.Noise)];
    }

    /// <summary>The kernel under settings.</summary>
    public MixtureKernel KernelAt(ReadOnlySpan<double> at)
    {
        var scales = new double[_components];
        for (var i = 0; i < _components; i++)
        {
            scales[i] = Math.Exp(at[i] / 2);
        }

        return new MixtureKernel(scales, Math.Exp(at[^2])) { Amplitude = Math.Exp(at[^3]), Power = _config.Power };
    }

    /// <summary>Minus the logarithm of the settings' probability, but for a constant, and its gradient; infinite where covariances cannot be factored.</summary>
    public double NegativeLogAt(ReadOnlySpan<double> at, Span<double> gradient)
    {
        var kernel = KernelAt(at);
        var count = _standard.Length;
        var curved = (kernel with { Linear = 0 }).Covariances(_mixtures, noise: 0);
        var covariances = curved.Zip(_products, (value, product) => value + (kernel.Linear * product)).ToArray();
        for (var i = 0; i < count; i++)
        {
            covariances[(i * count) + i] += NoiseAt(at);
        }

        if (Cholesky.TryFactor(covariances, count) is not { } factored)
        {
            return double.PositiveInfinity;
        }

        // (1) The likelihood: ½ yᵀK⁻¹y + ½ log |K|.
        var dual = factored.Solve(_standard);
        var value = (Vectors.Dot(_standard, dual) + factored.LogDeterminant) / 2;

        // (2) Its gradient: the sum over entries of ½(K⁻¹ - K⁻¹y yᵀK⁻¹) · dK.
        gradient.Clear();
        AddLikelihood(gradient, kernel, NoiseAt(at) - Floor, curved, factored.Inverse(), dual);

        // (3) The priors.
        return value + AddPriors(at, gradient);
    }

    private void AddLikelihood(Span<double> gradient, MixtureKernel kernel, double noise, double[] curved, double[] inverse, double[] dual)
    {
        var count = dual.Length;
        var pulled = new double[_components];
        for (var i = 0; i < count; i++)
        {
            var (rowSum, point) = (0.0, _points[i]);
            Array.Clear(pulled);
            for (var j = 0; j < count; j++)
            {
                var place = (i * count) + j;
                var weight = (inverse[place] - (dual[i] * dual[j])) / 2;
                var ofCurved = weight * curved[place];
                rowSum += ofCurved;
                Vectors.AddScaled(pulled, ofCurved, _points[j]);
                gradient[^2] += weight * kernel.Linear * _products[place];
            }

            gradient[^3] += rowSum;
            gradient[^1] += noise * (inverse[(i * count) + i] - (dual[i] * dual[i])) / 2;

            // Σ_ij M_ij (x_i - x_j)² / 2 is Σ_i x_i (x_i Σ_j M_ij - Σ_j M_ij x_j) for a symmetric M.
            for (var k = 0; k < _components; k++)
            {
                gradient[k] -= kernel.Scales[k] * kernel.Scales[k] * point[k] * ((point[k] * rowSum) - pulled[k]);
            }
        }
    }

    private double AddPriors(ReadOnlySpan<double> at, Span<double> gradient)
    {
        var common = 0.0;
        for (var k = 0; k < _components; k++)
        {
            common += at[k] / _components;
        }

        var value = Square(common / Width);
        for (var k = 0; k < _components; k++)
        {
            value += Square((at[k] - common) / _config.RelevanceSpread);
            gradient[k] += ((at[k] - common) / (_config.RelevanceSpread * _config.RelevanceSpread)) + (common / (Width * Width * _components));
        }

        Span<double> centres = [0, 0, Math.Log(_config.Noise)];
        for (var i = 0; i < centres.Length; i++)
        {
            value += Square((at[_components + i] - centres[i]) / Width);
            gradient[_components + i] += (at[_components + i] - centres[i]) / (Width * Width);
        }

        return value;

        static double Square(double deviations) => deviations * deviations / 2;
    }
}
