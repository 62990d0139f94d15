using Granary.Core.Configuration;
using Granary.Training.Schedules;

namespace Granary.Training.Optimizers;

/// <summary>How gradients become updates.</summary>
[ConfigVariant(AdamWConfig.Name, typeof(AdamWConfig))]
[ConfigVariant(MuonConfig.Name, typeof(MuonConfig))]
public abstract record OptimizerConfig : IConfigSection
{
    /// <summary>The learning rate at its peak. Default 1e-3.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Gradients are scaled down to this global L2 norm when theirs is larger. Default 1; 0 never clips.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>How the learning rate goes over the run. Default cosine.</summary>
    public ScheduleConfig Schedule { get; init; } = new CosineScheduleConfig();

    /// <summary>Whether an update needs whole matrices, which ranks that each own a part of every parameter do not have.</summary>
    public virtual bool NeedsWholeMatrices => false;

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(LearningRate > 0 && double.IsFinite(LearningRate), $"{path}.learning_rate", LearningRate, "greater than 0");
        errors.Require(MaxGradNorm >= 0 && double.IsFinite(MaxGradNorm), $"{path}.max_grad_norm", MaxGradNorm, "0 (never clips) or more");
        Schedule.Validate($"{path}.schedule", errors);
    }
}
