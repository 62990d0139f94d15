namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A fitted formula.</summary>
internal sealed class FittedFormula : IFittedPredictor
{
    private readonly Func<double[], double> _formula;

    public FittedFormula(Func<double[], double> formula, IReadOnlyList<double[]> fitted)
    {
        _formula = formula;
        IsConstant = FitRows.AreTheSame(Predict(fitted));
    }

    public bool IsConstant { get; }

    public double[] Predict(IReadOnlyList<double[]> mixtures)
    {
        return [.. mixtures.Select(_formula)];
    }

    public void Dispose()
    {
    }
}
