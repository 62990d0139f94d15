using System.Globalization;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Statistics;
using Granary.Pipelines.Native.XGBoost;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Fits boosted trees, one member a split. The labels' mean is taken off and added again here, because libraries and their
/// versions differ in where they begin.
/// </summary>
internal sealed class GradientBoosting : IMixturePredictor
{
    private readonly BoostingConfig _config;
    private readonly BoostingSettings _settings;
    private readonly int _splits;

    public GradientBoosting(string name, BoostingConfig config, int splits)
    {
        Name = name;
        _config = config;
        _settings = config.Resolve();
        _splits = splits;
    }

    public string Name { get; }

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        var scale = _config.Standardise ? ScoreScale.Of(scores) : ScoreScale.None;
        var targets = scale.Standardise(scores);
        var members = new List<BoostedTrees>();
        try
        {
            for (var split = 0; split < _splits; split++)
            {
                members.Add(FitMember(mixtures, targets, key.Fold(split)));
            }

            return new FittedBoosting(members, scale, mixtures);
        }
        catch (XGBoostException exception)
        {
            members.ForEach(member => member.Dispose());
            throw new PredictorException(exception.Message, exception);
        }
    }

    private BoostedTrees FitMember(IReadOnlyList<double[]> mixtures, double[] targets, RandomKey key)
    {
        // However large the share is, one row is left to fit.
        var held = Math.Min((int)Math.Ceiling(_settings.HeldOutShare * mixtures.Count), mixtures.Count - 1);
        var order = held == 0 ? [.. Enumerable.Range(0, mixtures.Count)] : RandomOrder.Of(mixtures.Count, key);
        var mean = order[held..].Average(row => targets[row]);
        using var fitted = Rows(mixtures, targets, order[held..], mean);
        using var watched = held == 0 ? null : Rows(mixtures, targets, order[..held], mean);
        var model = watched is null ? new XGBoostModel(Parameters(), fitted) : new XGBoostModel(Parameters(), fitted, watched);
        var trees = Grow(model, fitted, watched, [.. order[..held].Select(row => targets[row] - mean)]);
        return new BoostedTrees(model, trees, mean);
    }

    /// <summary>Grows trees until it may not or they no longer help; the number of those to use.</summary>
    private int Grow(XGBoostModel model, XGBoostMatrix fitted, XGBoostMatrix? watched, double[] truth)
    {
        var patience = _settings.PatienceWithinHeldOut ? Math.Min(_settings.Patience, truth.Length) : _settings.Patience;
        var (best, bestError) = (0, double.PositiveInfinity);
        for (var trees = 1; trees <= _settings.Trees; trees++)
        {
            model.Grow(fitted);
            if (watched is null || patience == 0)
            {
                continue;
            }

            var error = model.Predict(watched).Zip(truth, (predicted, actual) => (predicted - actual) * (predicted - actual)).Average();
            (best, bestError) = error < bestError ? (trees, error) : (best, bestError);
            if (trees - best >= patience)
            {
                return best;
            }
        }

        return best == 0 ? _settings.Trees : best;
    }

    private static XGBoostMatrix Rows(IReadOnlyList<double[]> mixtures, double[] targets, int[] rows, double mean)
    {
        return new XGBoostMatrix([.. rows.Select(row => mixtures[row])], [.. rows.Select(row => targets[row] - mean)]);
    }

    private Dictionary<string, string> Parameters()
    {
        string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        return new Dictionary<string, string>
        {
            ["objective"] = "reg:squarederror",
            ["base_score"] = "0",
            ["booster"] = "gbtree",
            ["tree_method"] = "hist",
            ["max_bin"] = "1024", // a border for each row, so that splits are exact, up to 1,024 rows
            ["grow_policy"] = _settings.MaxLeaves > 0 ? "lossguide" : "depthwise",
            ["max_leaves"] = Number(_settings.MaxLeaves),
            ["max_depth"] = Number(_settings.MaxDepth),
            ["eta"] = Number(_settings.LearningRate),
            ["min_child_weight"] = Number(_settings.MinRowsPerLeaf),
            ["alpha"] = Number(_settings.L1),
            ["lambda"] = Number(_settings.L2),
            ["nthread"] = Number(_config.Threads),
            ["seed"] = "0", // nothing is drawn inside
            ["verbosity"] = "0",
        };
    }
}
