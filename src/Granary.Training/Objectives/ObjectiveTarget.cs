using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Objectives;

/// <summary>
/// What one head must say. Its part of a step's loss is coefficient * sum(weight * loss) / sum(denominator), both sums over
/// all plans of the step: never a mean of means.
/// </summary>
public sealed record ObjectiveTarget
{
    /// <summary>The head that is asked.</summary>
    public string Head { get; init; } = HeadCall.Main;

    /// <summary>What the loss is reported as; targets of one name are one mean over the step. Default: the head.</summary>
    public string Name { get => field ?? Head; init; }

    /// <summary>What it must say, a label for each of its rows: [B, T, <see cref="Width"/>]; -100 for nothing.</summary>
    public required ReadOnlyMemory<long> Labels { get; init; }

    /// <summary>Labels of each position. Default 1.</summary>
    public int Width { get; init; } = 1;

    /// <summary>The labels' weights, of the same shape; null for 1 each.</summary>
    public ReadOnlyMemory<float>? Weights { get; init; }

    /// <summary>Ids the head is told, [B, T, <see cref="Width"/>]; empty for a head that is told nothing.</summary>
    public ReadOnlyMemory<long> Given { get; init; }

    /// <summary>What the target's mean loss is multiplied by. Default 1.</summary>
    public double Coefficient { get; init; } = 1;

    /// <summary>What these rows add to the number the loss is divided by: the weights of all labels that count, for a mean over labels.</summary>
    public required double Denominator { get; init; }

    /// <summary>The call of the head, in the caller's dispose scope.</summary>
    public HeadCall ToCall(int rows, int length)
    {
        return new HeadCall(Head, Given.IsEmpty ? null : torch.tensor(Given.Span, Width == 1 ? [rows, length] : [rows, length, Width]));
    }
}
