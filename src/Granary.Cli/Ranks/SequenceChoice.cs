using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Models.Past;
using Granary.Torch;

namespace Granary.Cli.Ranks;

/// <summary>
/// How ranks that share rows attend to each other's positions. What is chosen is kept with the run's plan: another choice at
/// a later start would sum in another order, and so give other bits.
/// </summary>
/// <param name="Context">The run.</param>
/// <param name="Vocabulary">The tokenizer's entries.</param>
internal sealed record SequenceChoice(RunContext Context, int Vocabulary)
{
    private RunConfig Config => Context.Config;

    /// <summary>The schedules' names: as kept, as configured, or chosen by their cost; null where ranks share no rows. All ranks call it.</summary>
    /// <exception cref="ConfigurationException">What is configured cannot serve this model on these ranks.</exception>
    public string? Names(TrainingPlan? kept)
    {
        if (Context.World is not { Mesh.Sequence: { } ranks } world)
        {
            return null;
        }

        var wanted = kept?.Sequence ?? Config.Parallel.SequenceParallel;
        var (shape, length) = (Shape(), LongestRow());
        RequireServes(wanted, ranks.size, shape);
        if (wanted != SequenceScheduleNames.Auto)
        {
            return wanted;
        }

        var rows = Math.Max(1, Math.Min(Config.Training.TokensPerMicrobatch, Config.Batching.TokensPerStep) / length);
        var sizes = new AttentionSizes(rows, shape.Heads, shape.KeyHeads, shape.HeadDim);
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
        var shape = Shape();
        return new SequenceAxis(ranks, AxisSchedules.Named(forward, backward, ranks.size, shape.Heads, shape.KeyHeads), Blocks());
    }

    private IBlockAttention Blocks()
    {
        return Config.Training.FusedKernels ? new FusedBlockAttention() : new ComposedBlockAttention();
    }

    private AttentionShape Shape()
    {
        return Config.Model.SpecOf(Vocabulary, Config.Objective.Needs.Ahead) switch
        {
            DecoderSpec decoder => decoder.Attention,
            PastSpec past => past.Attention,
            var other => throw new NotSupportedException($"No attention is known of '{other.GetType().Name}'."),
        };
    }

    private long LongestRow()
    {
        return Config.Batching is PackedBatchingConfig packed ? packed.RowLength : 1L << Config.Decomposition.MaxExponent;
    }

    private static void RequireServes(string wanted, int ranks, AttentionShape shape)
    {
        if (wanted == SequenceScheduleNames.Auto)
        {
            return;
        }

        try
        {
            var (forward, backward) = SequenceScheduleNames.Split(wanted);
            _ = AxisSchedules.Named(forward, backward, ranks, shape.Heads, shape.KeyHeads);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException("parallel.sequence_parallel", [exception.Message.Split(" (Parameter", 2)[0]]);
        }
    }
}
