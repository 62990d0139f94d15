using Granary.Core.Configuration;

namespace Granary.Training.Optimizers;

/// <summary>
/// Muon: the momentum of each matrix inside the blocks is made nearly orthogonal before it is added (K. Jordan and others,
/// kellerjordan.github.io/posts/muon). Embeddings, the head, norms and biases take AdamW.
/// </summary>
/// <remarks>
/// An update of a matrix [rows, columns] is scaled by 0.2 sqrt(max(rows, columns)), so that its root mean square is about that
/// of an update of AdamW, and one learning rate and weight decay serve both (Liu and others, arXiv 2502.16982).
/// </remarks>
public sealed record MuonConfig : OptimizerConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "muon";

    /// <summary>Decay of the matrices' mean of gradients. Default 0.95.</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Whether the gradient counts once more beside the mean it is already in. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Steps of the iteration that makes a matrix nearly orthogonal. Default 5.</summary>
    public int NewtonSchulzSteps { get; init; } = 5;

    /// <summary>Share of a weight taken off at rate 1; only for tensors of two or more dims. Default 0.1.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>AdamW's decay of the mean of gradients, for what is no matrix of a block. Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the mean of squared gradients. Default 0.95.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>AdamW's addition to the root of the mean square. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override bool NeedsWholeMatrices => true;

    /// <summary>What all other tensors take.</summary>
    public AdamWConfig ToAdamW() => new() { LearningRate = LearningRate, MaxGradNorm = MaxGradNorm, Schedule = Schedule, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay };

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        ToAdamW().Validate(path, errors);
        errors.Require(Momentum is >= 0 and < 1, $"{path}.momentum", Momentum, "from 0 to below 1");
        errors.Require(NewtonSchulzSteps is >= 1 and <= 20, $"{path}.newton_schulz_steps", NewtonSchulzSteps, "from 1 to 20");
    }
}
