namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// How alike two mixtures score: amplitude · exp(-½ Σ (s_i (a_i^p - b_i^p))²) + linear · Σ a_i b_i, with a scale s for each
/// component.
/// </summary>
/// <param name="Scales">1 / length scale of each component; 0 where a component does not matter but linearly.</param>
/// <param name="Linear">Variance of the linear part.</param>
internal sealed record MixtureKernel(double[] Scales, double Linear)
{
    /// <summary>Variance of the curved part.</summary>
    public double Amplitude { get; init; } = 1;

    /// <summary>The power of weights that distances are taken in.</summary>
    public double Power { get; init; } = 0.5;

    /// <summary>A mixture as a point: its scaled powers.</summary>
    public void Place(ReadOnlySpan<double> weights, Span<double> point)
    {
        for (var i = 0; i < point.Length; i++)
        {
            var weight = Math.Max(0, weights[i]);
            point[i] = Scales[i] * (Power == 0.5 ? Math.Sqrt(weight) : Math.Pow(weight, Power));
        }
    }

    /// <summary>The covariances of mixtures, row by row; <paramref name="noise"/> stands on the diagonal besides.</summary>
    public double[] Covariances(IReadOnlyList<double[]> mixtures, double noise)
    {
        var count = mixtures.Count;
        var points = mixtures.Select(weights =>
        {
            var point = new double[Scales.Length];
            Place(weights, point);
            return point;
        }).ToArray();
        var norms = points.Select(point => Vectors.Dot(point, point)).ToArray();
        var covariances = new double[count * count];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var value = Curved(norms[i] + norms[j] - (2 * Vectors.Dot(points[i], points[j]))) + (Linear * Vectors.Dot(mixtures[i], mixtures[j]));
                covariances[(i * count) + j] = value;
                covariances[(j * count) + i] = value;
            }

            covariances[(i * count) + i] = VarianceOf(mixtures[i]) + noise;
        }

        return covariances;
    }

    /// <summary>The curved part at a squared distance of points.</summary>
    public double Curved(double squaredDistance)
    {
        return Amplitude * Math.Exp(-0.5 * Math.Max(0, squaredDistance));
    }

    /// <summary>A mixture's covariance with itself.</summary>
    public double VarianceOf(double[] weights)
    {
        return Amplitude + (Linear * Vectors.Dot(weights, weights));
    }
}
