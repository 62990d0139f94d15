using Granary.Cli.Stages;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;

namespace Granary.Cli.Ranks;

/// <summary>Builds the axis of ranks that share rows.</summary>
internal static class SequenceAxes
{
    /// <summary>The axis of a run's ranks, by the schedules of its configuration; null where rows are whole. All ranks call it.</summary>
    internal static SequenceAxis? Of(RunContext context)
    {
        if (context.World?.Mesh.Sequence is not { } group)
        {
            return null;
        }

        var config = context.Config;
        var shape = config.Model.SpecOf(vocabulary: 1, ahead: null).Attention;
        var length = config.LongestRow();
        var rows = Math.Max(1, config.Training.TokensPerMicrobatch / length);
        IBlockAttention blocks = config.Training.FusedKernels ? new FusedBlockAttention() : new ComposedBlockAttention();
        var (schedules, plan) = AxisPlanner.For(
            config.Parallel.SequenceParallel, group, blocks, length, new AttentionSizes(rows, shape.Heads, shape.KeyHeads, shape.HeadDim), ScalarType.Float32, context.Time);
        foreach (var reason in plan?.Reasons ?? [])
        {
            context.View.Say(reason);
        }

        var (forward, backward) = (schedules.Causal.Forward.Name, schedules.Causal.Backward.Name);
        context.View.Say($"attention over {group.size} ranks: {(forward == backward ? forward : $"{forward} forward, {backward} backward")}");
        return new SequenceAxis(group, schedules, blocks);
    }
}
