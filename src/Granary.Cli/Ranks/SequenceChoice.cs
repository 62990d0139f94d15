using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Distributed;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Models.Attention;
using Granary.Torch;

namespace Granary.Cli.Ranks;

/// <summary>
/// How ranks that share rows attend to each other's positions. What is chosen is kept with the run's plan: another choice at
/// a later start would sum in another order, and so give other bits.
/// </summary>
/// <param name="Context">The run.</param>
internal sealed record SequenceChoice(RunContext Context)
{
    private RunConfig Config => Context.Config;

    /// <summary>Looks whether the schedules that the configuration names can serve its model on so many ranks.</summary>
    /// <exception cref="ConfigurationException">They cannot.</exception>
    public static void RequireServes(RunConfig config)
    {
        var (wanted, ranks) = (config.Parallel.SequenceParallel, config.Parallel.SequenceRanks);
        if (wanted == SequenceScheduleNames.Auto || ranks == 1)
        {
            return;
        }

        var ((forward, backward), shape) = (SequenceScheduleNames.Split(wanted), ShapeOf(config));
        if (AxisSchedules.WhyNot(forward, backward, ranks, shape.Heads, shape.KeyHeads) is { } reason)
        {
            throw new ConfigurationException("parallel.sequence_parallel", [$"'parallel.sequence_parallel' is '{wanted}', which cannot be taken: {reason}. Take another, or '{SequenceScheduleNames.Auto}'."]);
        }
    }

    /// <summary>The schedules' names: as kept, as configured, or chosen by their cost; null where ranks share no rows. All ranks call it.</summary>
    public string? Names(TrainingPlan? kept)
    {
        if (Context.World is not { Mesh.Sequence: { } ranks } world)
        {
            return null;
        }

        var wanted = kept?.Sequence ?? Config.Parallel.SequenceParallel;
        if (wanted != SequenceScheduleNames.Auto)
        {
            return wanted;
        }

        var (shape, length) = (ShapeOf(Config), LongestRow());
        var rows = Math.Max(1, Math.Min(Config.Training.TokensPerMicrobatch, Config.Batching.TokensPerStep) / length);
        var sizes = new AttentionSizes(
            rows, shape.Heads, shape.KeyHeads, shape.HeadDim, (Wire.Operands ?? ScalarType.Float32).ElementSize(), OutputBytes: ScalarType.Float32.ElementSize());
        var plan = AxisPlanner.For(wanted, ranks, Blocks(), length, sizes, ScalarType.Float32, Context.Time).Plan!;

        // Each group of ranks that share rows has measured; all take what the first one found.
        var names = world.FromFirst(() => $"{plan.Forward}{SequenceScheduleNames.Separator}{plan.Backward}");
        foreach (var reason in plan.Reasons.Prepend($"sequence_parallel: {names} for {length:N0} positions over {ranks.size} ranks"))
        {
            Context.View.Say(reason);
        }

        return names;
    }

    /// <summary>The ranks that share rows under schedules of these names; null where there are none.</summary>
    public SequenceAxis? Axis(string? names)
    {
        if (names is null || Context.World?.Mesh.Sequence is not { } ranks)
        {
            return null;
        }

        var (forward, backward) = SequenceScheduleNames.Split(names);
        var shape = ShapeOf(Config);
        var schedules = AxisSchedules.Named(forward, backward, ranks.size, shape.Heads, shape.KeyHeads);
        return new SequenceAxis(ranks, schedules, Blocks(), Wire, Config.Parallel.CompareCalls);
    }

    private WireTypes Wire => Config.Parallel.SequenceWire == SequenceWire.Bfloat16 ? new WireTypes(Operands: ScalarType.BFloat16) : WireTypes.AsIs;

    private IBlockAttention Blocks()
    {
        return Config.Training.FusedKernels ? new FusedBlockAttention() : new ComposedBlockAttention();
    }

    // Heads do not hang on the vocabulary.
    private static AttentionShape ShapeOf(RunConfig config) => config.Model.SpecOf(vocabulary: 1, config.Objective.Needs.Ahead).Attention;

    private long LongestRow()
    {
        return Config.Batching is PackedBatchingConfig packed ? packed.RowLength : 1L << Config.Decomposition.MaxExponent;
    }
}
