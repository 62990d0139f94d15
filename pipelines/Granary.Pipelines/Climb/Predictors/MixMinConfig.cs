using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>How MixMin's weights are solved for (arXiv 2502.10510).</summary>
public sealed record MixMinConfig : IConfigSection
{
    /// <summary>How far a step goes along the gradient; where that leads up, half as far, and so on. Default 1.</summary>
    public double LearningRate { get; init; } = 1;

    /// <summary>Steps at most. Default 100.</summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>It is done when the gradient's largest entry, or with <see cref="RelativeGradient"/> what is left to gain, is below this. Default 1e-4.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>
    /// Whether the gradient is divided by its own size, the mean of 1 / tokens. Default true. The published code does not,
    /// so on documents of a thousand tokens its steps are a thousandth as long and it ends near equal weights.
    /// </summary>
    public bool RelativeGradient { get; init; } = true;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(LearningRate > 0, $"{path}.learning_rate", LearningRate, "greater than 0");
        errors.Require(MaxSteps >= 1, $"{path}.max_steps", MaxSteps, "1 or more");
        errors.Require(Tolerance > 0, $"{path}.tolerance", Tolerance, "greater than 0");
    }
}
