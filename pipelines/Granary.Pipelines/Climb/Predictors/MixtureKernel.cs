namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// How alike two mixtures score: exp(-½ Σ (s_i (√a_i - √b_i))²) + linear · Σ a_i b_i, with a scale s for each component.
/// </summary>
/// <param name="Scales">1 / length scale of each component; 0 where a component does not matter but linearly.</param>
/// <param name="Linear">Variance of the linear part, that of the curved part being 1.</param>
internal sealed record MixtureKernel(double[] Scales, double Linear)
{
    /// <summary>A mixture as a point: its scaled roots.</summary>
    public void Place(ReadOnlySpan<double> weights, Span<double> point)
    {
        for (var i = 0; i < point.Length; i++)
        {
            point[i] = Scales[i] * Math.Sqrt(Math.Max(0, weights[i]));
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
            for (var j = 0; j <= i; j++)
            {
                var value = Curved(norms[i] + norms[j] - (2 * Vectors.Dot(points[i], points[j]))) + (Linear * Vectors.Dot(mixtures[i], mixtures[j]));
                covariances[(i * count) + j] = value;
                covariances[(j * count) + i] = value;
            }

            covariances[(i * count) + i] += noise;
        }

        return covariances;
    }

    /// <summary>The curved part at a squared distance of points.</summary>
    public static double Curved(double squaredDistance)
    {
        return Math.Exp(-0.5 * Math.Max(0, squaredDistance));
    }
}
