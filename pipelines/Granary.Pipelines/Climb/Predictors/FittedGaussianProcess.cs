namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A Gaussian process given its runs. A prediction costs n(K + 1) multiply-adds and n exponentials.</summary>
internal sealed class FittedGaussianProcess : IFittedPredictor
{
    private readonly MixtureKernel _kernel;
    private readonly ScoreScale _scale;
    private readonly double[] _points; // row by row
    private readonly double[] _norms;
    private readonly double[] _dual; // K⁻¹y
    private readonly double[] _slopes; // of the linear part, a component each

    /// <exception cref="PredictorException">The covariances cannot be factored.</exception>
    public FittedGaussianProcess(MixtureKernel kernel, double noise, IReadOnlyList<double[]> mixtures, double[] standard, ScoreScale scale)
    {
        _kernel = kernel;
        _scale = scale;
        var factored = Cholesky.TryFactor(kernel.Covariances(mixtures, noise), mixtures.Count)
            ?? throw new PredictorException($"The covariances of '{mixtures.Count}' mixtures cannot be factored with a noise of '{noise:R}'. Allow more noise.");
        _dual = factored.Solve(standard);
        var components = kernel.Scales.Length;
        _points = new double[mixtures.Count * components];
        _norms = new double[mixtures.Count];
        _slopes = new double[components];
        for (var i = 0; i < mixtures.Count; i++)
        {
            var point = _points.AsSpan(i * components, components);
            kernel.Place(mixtures[i], point);
            _norms[i] = Vectors.Dot(point, point);
            Vectors.AddScaled(_slopes, kernel.Linear * _dual[i], mixtures[i]);
        }

        IsConstant = FitRows.AreTheSame(Predict(mixtures));
    }

    public bool IsConstant { get; }

    public double[] Predict(IReadOnlyList<double[]> mixtures)
    {
        var alike = new double[_dual.Length];
        return [.. mixtures.Select(weights =>
        {
            Curved(weights, alike);
            return _scale.Restore(Vectors.Dot(alike, _dual) + Vectors.Dot(weights, _slopes));
        })];
    }

    public void Dispose()
    {
    }

    /// <summary>The curved part of a mixture's covariances with the fitted ones.</summary>
    private void Curved(double[] weights, Span<double> covariances)
    {
        var components = _kernel.Scales.Length;
        Span<double> point = stackalloc double[components];
        _kernel.Place(weights, point);
        var norm = Vectors.Dot(point, point);
        for (var i = 0; i < covariances.Length; i++)
        {
            covariances[i] = _kernel.Curved(norm + _norms[i] - (2 * Vectors.Dot(point, _points.AsSpan(i * components, components))));
        }
    }
}
