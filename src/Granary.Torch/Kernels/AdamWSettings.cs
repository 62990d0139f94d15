using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>What one AdamW step is made with.</summary>
public readonly record struct AdamWSettings
{
    /// <summary>The step's learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The update's number from 1; decides the bias corrections.</summary>
    public required long Step { get; init; }

    /// <summary>How slowly the first moment moves.</summary>
    public required double Beta1 { get; init; }

    /// <summary>How slowly the second moment moves.</summary>
    public required double Beta2 { get; init; }

    /// <summary>Added to the root of the second moment.</summary>
    public required double Epsilon { get; init; }

    /// <summary>What gradients are multiplied by first: clipping, loss scaling. 1 for neither.</summary>
    public required double GradientScale { get; init; }

    internal NativeAdamWSettings ToNative()
    {
        return new NativeAdamWSettings
        {
            LearningRate = LearningRate,
            Beta1 = Beta1,
            Beta2 = Beta2,
            Epsilon = Epsilon,
            GradientScale = GradientScale,
            Step = Step,
        };
    }
}
