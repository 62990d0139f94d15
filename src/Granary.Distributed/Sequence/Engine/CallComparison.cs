using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>Compares what the ranks of a sequence axis are about to do, so that a difference is a sentence and not a deadlock.</summary>
internal static class CallComparison
{
    /// <summary>Exchanges the call's sizes and law.</summary>
    /// <exception cref="DistributedException">Ranks differ; thrown on all of them, before any operand is sent.</exception>
    internal static void Require(ProcessGroup group, SequenceShape shape, AttentionMask mask, SchedulePair pair)
    {
        (string Name, long Value)[] facts =
        [
            ("rows", shape.Batch),
            ("positions of a row", shape.Layout.Length),
            ("query heads", shape.Heads),
            ("key heads", shape.KeyHeads),
            ("head dims", shape.HeadDim),
            ("type", (long)shape.Data),
            ("order", (long)mask.Order),
            ("causal offset", mask.CausalOffset),
            ("segments", mask.SegmentK is null ? 0 : 1),
            ("anchors", mask.AnchorK is null ? 0 : 1),
            ("forward steps", pair.Forward.Steps),
            ("backward steps", pair.Backward.Steps),
        ];
        using var scope = torch.NewDisposeScope();
        using var own = torch.tensor(Array.ConvertAll(facts, fact => fact.Value));
        using var all = torch.empty([group.size * (long)facts.Length], ScalarType.Int64);
        group.all_gather_into_tensor(all, own).wait();
        var values = all.data<long>();
        for (var index = 0; index < values.Length; index++)
        {
            var fact = index % facts.Length;
            if (values[index] != values[fact])
            {
                throw new DistributedException($"Rank {index / facts.Length} calls attention with {facts[fact].Name} '{values[index]}' where rank 0 has {values[fact]}; all ranks of a sequence axis must make the same calls in the same order.");
            }
        }
    }
}
