using Granary.Pipelines.Native.XGBoost;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Members whose mean is the prediction; many mixtures have equal predictions.</summary>
internal sealed class FittedBoosting : IFittedPredictor
{
    private readonly IReadOnlyList<BoostedTrees> _members;
    private readonly ScoreScale _scale;

    public FittedBoosting(IReadOnlyList<BoostedTrees> members, ScoreScale scale, IReadOnlyList<double[]> fitted)
    {
        _members = members;
        _scale = scale;
        IsConstant = Members(fitted).All(FitRows.AreTheSame);
    }

    public bool IsConstant { get; }

    public double[] Predict(IReadOnlyList<double[]> mixtures)
    {
        var members = Members(mixtures);
        return [.. mixtures.Select((_, row) => members.Average(member => member[row]))];
    }

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Dispose();
        }
    }

    private List<double[]> Members(IReadOnlyList<double[]> mixtures)
    {
        if (mixtures.Count == 0)
        {
            return [.. _members.Select(_ => Array.Empty<double>())];
        }

        using var rows = new XGBoostMatrix(mixtures);
        return [.. _members.Select(member => member.Predict(rows).Select(_scale.Restore).ToArray())];
    }
}
