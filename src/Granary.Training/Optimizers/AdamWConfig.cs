using Granary.Core.Configuration;
using Granary.Torch.Kernels;

namespace Granary.Training.Optimizers;

/// <summary>AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).</summary>
public sealed record AdamWConfig : OptimizerConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "adamw";

    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients. Default 0.95.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the mean square. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Share of a weight taken off at rate 1; only for tensors of two or more dims. Default 0.1.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>One update's settings as the kernels take them.</summary>
    internal AdamWSettings ToSettings(long update, double learningRate, double gradientScale)
    {
        return new AdamWSettings
        {
            LearningRate = learningRate,
            Step = update,
            Beta1 = Beta1,
            Beta2 = Beta2,
            Epsilon = Epsilon,
            GradientScale = gradientScale,
        };
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Beta1 is >= 0 and < 1, $"{path}.beta1", Beta1, "from 0 to below 1");
        errors.Require(Beta2 is >= 0 and < 1, $"{path}.beta2", Beta2, "from 0 to below 1");
        errors.Require(Epsilon > 0, $"{path}.epsilon", Epsilon, "greater than 0");
        errors.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), $"{path}.weight_decay", WeightDecay, "0 or more");
    }
}
