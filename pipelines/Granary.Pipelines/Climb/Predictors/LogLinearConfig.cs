using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// The log-linear law c + exp(Σ t_i w_i) of Olmix (arXiv 2602.12237) and Data Mixing Laws (arXiv 2403.16952), whose factor
/// before exp is part of t because weights sum to 1. Fitted to standardised scores by L-BFGS under Huber's loss.
/// </summary>
public sealed record LogLinearConfig : PredictorConfig
{
    internal const string TypeName = "log-linear"; // what `type:` says in YAML

    /// <summary>Errors beyond this count by their size and no longer by their square, in standard deviations of the scores. Default 0.06: Olmix's 0.02 nats where scores spread by 0.32.</summary>
    public double Huber { get; init; } = 0.06;

    /// <summary>Steps of L-BFGS at most from a start. Default 100.</summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>How far below the least score the constant c starts, as natural logarithms of standard deviations: the ends of a range. Default -2, 1.5.</summary>
    public IReadOnlyList<double> OffsetRange { get; init; } = [-2, 1.5];

    /// <summary>Constants in that range to start from. Default 10.</summary>
    public int Offsets { get; init; } = 10;

    /// <summary>
    /// From each constant t starts at the least squares solution of the logarithms, with its contrasts times each of these.
    /// Default 0.5, 1, 2. Olmix starts from 30 random ones instead, which tell components apart by their place.
    /// </summary>
    public IReadOnlyList<double> Contrasts { get; init; } = [0.5, 1, 2];

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new LogLinear(this);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Huber > 0, $"{path}.huber", Huber, "greater than 0");
        errors.Require(MaxSteps >= 1, $"{path}.max_steps", MaxSteps, "1 or more");
        errors.Require(OffsetRange.Count == 2 && OffsetRange[0] <= OffsetRange[^1], $"{path}.offset_range", string.Join(", ", OffsetRange), "two numbers, the smaller one first");
        errors.Require(Offsets >= 1, $"{path}.offsets", Offsets, "1 or more");
        errors.Require(Contrasts.Count > 0 && Contrasts.All(double.IsFinite), $"{path}.contrasts", string.Join(", ", Contrasts), "one number or more");
    }
}
