using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Training.Objectives;

/// <summary>Ordinary language modelling: causal, every target with weight 1.</summary>
internal sealed class NextTokenObjective : IObjective
{
    public string Name => NextTokenConfig.Name;

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var targets = rows.Targets.Span;
        return new ObjectivePlan
        {
            Rows = rows.Rows,
            Length = rows.Length,
            Inputs = rows.Tokens,
            Mask = MaskOf(rows),
            Positions = rows.Positions,
            Labels = rows.Targets,
            WeightSum = targets.Length - targets.Count(TokenBatch.IgnoredTarget),
        };
    }

    private static AttentionMask MaskOf(BatchSlice rows)
    {
        if (rows.Segments.IsEmpty)
        {
            return AttentionMask.Causal();
        }

        var segments_BT = torch.tensor(rows.Segments.Span, [rows.Rows, rows.Length]);
        return AttentionMask.Causal().WithSegments(segments_BT, segments_BT);
    }
}
