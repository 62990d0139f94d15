using Granary.Distributed.Planning.Calibration;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Planning;

/// <summary>What a configuration says of attention over ranks, made into schedules.</summary>
public static class AxisPlanner
{
    /// <summary>
    /// The schedules of a sequence axis. For auto the group's links and the kernel are measured first, in about a second, and the plan
    /// says why; a name is taken as it is, without a plan. All ranks call it, and all get the same.
    /// </summary>
    /// <param name="wanted">What <see cref="ParallelConfig.SequenceParallel"/> says.</param>
    /// <param name="group">The ranks of the axis.</param>
    /// <param name="blocks">The kernel.</param>
    /// <param name="length">Positions of a row, over all ranks.</param>
    /// <param name="sizes">Rows, heads and bytes.</param>
    /// <param name="type">What q, k and v are.</param>
    /// <param name="time">The clock.</param>
    public static (AxisSchedules Schedules, SequencePlan? Plan) For(
        string wanted, ProcessGroup group, IBlockAttention blocks, long length, AttentionSizes sizes, ScalarType type, TimeProvider time)
    {
        if (wanted != SequenceScheduleNames.Auto)
        {
            var (forward, backward) = SequenceScheduleNames.Split(wanted);
            return (AxisSchedules.Named(forward, backward, group.size, sizes.Heads, sizes.KeyHeads), null);
        }

        var timings = LinkProbe.Measure(group, time);
        var rate = BlockProbe.Measure(group, blocks, sizes, length / group.size, type, time);
        var cluster = Clusters.Measured(group.size, timings.ToLink(), rate);
        var plan = new SequencePlanner(new SequenceProblem(group.size, length, IsCausal: true, sizes), cluster).Plan(wanted);
        var reasoned = plan with { Reasons = [$"links: {timings.Reason()}: {cluster.InsideNode.Describe()}", .. plan.Reasons] };
        return (AxisSchedules.Named(plan.Forward, plan.Backward, group.size, sizes.Heads, sizes.KeyHeads), reasoned);
    }
}
