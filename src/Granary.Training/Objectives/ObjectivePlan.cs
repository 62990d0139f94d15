using Granary.Torch.Kernels;

namespace Granary.Training.Objectives;

/// <summary>
/// One view of some rows and its targets. The loss of a step is the sum of weight * loss over all its plans, divided by
/// the sum of weights over all of them: never a mean of means.
/// </summary>
public sealed record ObjectivePlan
{
    /// <summary>Rows B.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions T of a row.</summary>
    public required int Length { get; init; }

    /// <summary>What the model reads, [B, T].</summary>
    public required ReadOnlyMemory<long> Inputs { get; init; }

    /// <summary>Which positions see which.</summary>
    public required AttentionMask Mask { get; init; }

    /// <summary>The position of each input, [B, T], for models that learn a vector for each; empty where they count from 0.</summary>
    public ReadOnlyMemory<long> Positions { get; init; }

    /// <summary>What each position must say, [B, T]; -100 for nothing.</summary>
    public required ReadOnlyMemory<long> Labels { get; init; }

    /// <summary>The labels' weights, [B, T]; null for 1 each.</summary>
    public ReadOnlyMemory<float>? Weights { get; init; }

    /// <summary>The sum of the weights of all labels that count.</summary>
    public required double WeightSum { get; init; }
}
