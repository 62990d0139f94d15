using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Objectives;

/// <summary>One call of the model and its targets. Plain numbers, so that it can be cut, compared and sent.</summary>
public sealed record ObjectiveView
{
    /// <summary>Rows B.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions T of a row.</summary>
    public required int Length { get; init; }

    /// <summary>What the model reads, [B, T].</summary>
    public required ReadOnlyMemory<long> Inputs { get; init; }

    /// <summary>Which positions see which.</summary>
    public required MaskLaw Mask { get; init; }

    /// <summary>The position of each input, [B, T], for models that learn a vector for each; empty where they count from 0.</summary>
    public ReadOnlyMemory<long> Positions { get; init; }

    /// <summary>What must be said, in the order in which the heads are asked.</summary>
    public required IReadOnlyList<ObjectiveTarget> Targets { get; init; }

    /// <summary>The model's input, in the caller's dispose scope.</summary>
    public ModelInput ToInput(ModelSpec spec)
    {
        var positions_BT = Positions.IsEmpty || !spec.LearnsPositions ? null : torch.tensor(Positions.Span, [Rows, Length]);
        return new ModelInput(torch.tensor(Inputs.Span, [Rows, Length]), Mask.ToMask(Rows, Length), positions_BT);
    }
}
