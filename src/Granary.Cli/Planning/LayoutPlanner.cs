using System.Globalization;
using Granary.Distributed;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Cli.Planning;

/// <summary>Lays a run of a decoder out over ranks in every way there is, and says what each takes.</summary>
/// <remarks>
/// A step's time: portions one after the other, matrix products at the device's rate and attention by its schedules; gradients'
/// exchange as far as backward does not cover it; the update at the memory's rate.
/// </remarks>
internal sealed class LayoutPlanner
{
    private const double GradientBytes = 4;
    private const double UpdateBytes = 28; // that AdamW moves for a parameter
    private const double BackwardShare = 2.0 / 3; // of a portion's time
    private const double Indifference = 0.01;

    private readonly RunConfig _run;
    private readonly DecoderSpec _spec;
    private readonly ClusterDescription _cluster;
    private readonly RankMemory _memory;
    private readonly GpuMemory? _gpu; // where the run is one on a GPU
    private readonly long _length;

    internal LayoutPlanner(RunConfig run, DecoderSpec spec, long length, ClusterDescription cluster)
    {
        _run = run;
        _spec = spec;
        _cluster = cluster;
        _length = length;
        _memory = new RankMemory(spec, run.Training.Precision);
        _gpu = run.Training.ToDevice().Type == DeviceType.CUDA ? new GpuMemory(spec, run.Training.Precision) : null;
    }

    private int RowsPerStep => (int)Math.Max(1, _run.Batching.TokensPerStep / _length);

    /// <summary>All layouts for so many ranks.</summary>
    internal IReadOnlyList<Layout> For(int ranks)
    {
        return [.. from sequence in Enumerable.Range(1, ranks)
                   where ranks % sequence == 0
                   from sharding in ranks == 1 ? [Sharding.None] : Enum.GetValues<Sharding>()
                   select Lay(new Layout(ranks / sequence, sequence, sharding))];
    }

    /// <summary>The fastest that can be taken; of those as fast the one that exchanges less. Null where none can.</summary>
    internal static Layout? Choose(IReadOnlyList<Layout> layouts)
    {
        var feasible = layouts.Where(layout => layout.Reason is null).ToList();
        return feasible.Count == 0
            ? null
            : feasible.Where(layout => layout.TokensPerSecond >= feasible.Max(other => other.TokensPerSecond) * (1 - Indifference)).OrderBy(layout => layout.Sharding).ThenBy(layout => layout.Sequence).First();
    }

    /// <summary>What each policy of keeping takes in a layout with the configured portions, the cheapest first.</summary>
    internal IReadOnlyList<CheckpointingCost> Checkpointings(Layout layout)
    {
        var portion = MostRows(layout);
        return Checkpointings(layout, portion, layout.Sequence == 1 ? null : PlanOf(layout.Sequence, portion));
    }

    private Layout Lay(Layout layout)
    {
        var ranks = layout.Data * layout.Sequence;
        if (_gpu is not null && ranks > 1)
        {
            return layout with { Reason = $"training.device is '{_run.Training.Device}', and what several ranks take on GPUs is not predicted" };
        }

        if (RowsPerStep % layout.Data != 0)
        {
            return layout with { Reason = $"{RowsPerStep} rows of {_length} tokens a step do not divide among {layout.Data} data ranks; change batching.tokens_per_step" };
        }

        if (_length < 2L * layout.Sequence && layout.Sequence > 1)
        {
            return layout with { Reason = $"rows of {_length} tokens are too short for {layout.Sequence} sequence ranks" };
        }

        var rows = RowsPerStep / layout.Data;
        for (var portion = MostRows(layout); ; portion /= 2)
        {
            var plan = layout.Sequence == 1 ? null : PlanOf(layout.Sequence, portion);
            var costs = Checkpointings(layout, portion, plan);
            var allowed = costs.Where(cost => IsAllowed(cost.Policy)).ToList();
            var (taken, least) = (allowed.Find(cost => cost.Fits), allowed[^1]);
            if (taken is not null)
            {
                return Timed(layout with { RowsPerMicrobatch = portion, Bytes = taken.Bytes, Attention = plan, Checkpointing = taken.Policy, Checkpointings = costs }, rows);
            }

            if (portion == 1)
            {
                var reason = string.Create(CultureInfo.InvariantCulture, $"a rank needs {NeededOf(least.Bytes, ranks) / 1e9:F1} GB but has {_cluster.MemoryBytes / 1e9:F1} GB");
                return layout with { RowsPerMicrobatch = 1, Bytes = least.Bytes, Checkpointing = least.Policy, Checkpointings = costs, Reason = reason };
            }
        }
    }

    private int MostRows(Layout layout) => (int)Math.Clamp(_run.Training.TokensPerMicrobatch / _length, 1, Math.Max(1, RowsPerStep / layout.Data));

    // Where the configuration leaves the choice, all; what is not available there is in no list.
    private bool IsAllowed(ActivationCheckpointing policy)
    {
        var wanted = _run.Training.ActivationCheckpointing;
        return wanted == ActivationCheckpointing.Auto || policy == wanted;
    }

    private List<CheckpointingCost> Checkpointings(Layout layout, int portion, SequencePlan? plan)
    {
        var ranks = layout.Data * layout.Sequence;
        var tokens = (double)portion * _length;
        var kept = plan?.BackwardCost.KeptBytes ?? 0;
        var buffers = plan is null ? 0 : Math.Max(plan.ForwardCost.BufferBytes, plan.BackwardCost.BufferBytes - kept);
        var accumulates = portion < RowsPerStep / layout.Data;
        CheckpointingCost Cost(ActivationCheckpointing policy)
        {
            var bytes = _gpu?.Of(tokens, policy) ?? _memory.Of(ranks, layout.Sharding, tokens / layout.Sequence, accumulates, buffers, kept, policy);
            return new CheckpointingCost(policy, bytes, _spec.RecomputedFlopsPerToken(policy, _length) / _spec.TrainingFlopsPerToken(_length), NeededOf(bytes, ranks) <= _cluster.MemoryBytes);
        }

        var keepsAttention = _gpu is null && _run.Training.FusedKernels;
        return [.. Enum.GetValues<ActivationCheckpointing>()
            .Where(policy => policy != ActivationCheckpointing.Auto && (policy != ActivationCheckpointing.Selective || keepsAttention))
            .Select(Cost)];
    }

    // The ranks of a node share main memory, so each gives its part of the room for the first one's copy.
    private double NeededOf(RankBytes bytes, int ranks)
    {
        return bytes.Total + (_cluster.IsMainMemory ? bytes.Checkpoint / Math.Min(ranks, _cluster.RanksPerNode) : 0);
    }

    private Layout Timed(Layout layout, int rows)
    {
        var ranks = layout.Data * layout.Sequence;
        var portions = (rows + layout.RowsPerMicrobatch - 1) / layout.RowsPerMicrobatch;
        var tokens = (double)rows * _length / layout.Sequence;
        var products = tokens * (_spec.TrainingFlopsPerToken(0) + _spec.RecomputedFlopsPerToken(layout.Checkpointing, 0)) / _cluster.MatrixFlops;
        var plan = layout.Attention ?? PlanOf(1, layout.RowsPerMicrobatch);
        var again = layout.Checkpointing == ActivationCheckpointing.Full ? plan.ForwardCost.Seconds : 0;
        var attention = _spec.NumHiddenLayers * portions * (plan.Seconds + again);
        var computing = products + attention;
        var exposed = Math.Max(0, ExchangeSeconds(layout.Sharding, ranks, portions) - (BackwardShare * computing / portions));
        var parameters = _spec.ParameterCount();
        var update = UpdateBytes * parameters / (layout.Sharding == Sharding.None ? 1 : ranks) / _cluster.MemoryBytesPerSecond;
        var seconds = computing + exposed + update;
        return layout with
        {
            StepSeconds = seconds,
            TokensPerSecond = RowsPerStep * _length / seconds,
            RunSeconds = _run.Training.Steps > 0 ? seconds * _run.Training.Steps
                : _run.Training.TimeBudget > TimeSpan.Zero ? _run.Training.TimeBudget.TotalSeconds
                : null,
        };
    }

    // Sums and what is gathered again, each (N - 1) / N of all bytes; fully sharded, blocks come twice and go in every portion.
    private double ExchangeSeconds(Sharding sharding, int ranks, int portions)
    {
        if (ranks == 1)
        {
            return 0;
        }

        var link = ranks > _cluster.RanksPerNode && _cluster.BetweenNodes is { } between ? between : _cluster.InsideNode;
        var rounds = sharding == Sharding.Full ? 3 * portions : 2;
        var perLink = link.Kind switch { LinkKind.Mesh => 1.0 / (ranks - 1), LinkKind.HalfDuplexPort => 2, _ => 1 };
        return rounds * link.SecondsOf(perLink * GradientBytes * _spec.ParameterCount() * (ranks - 1) / ranks);
    }

    private SequencePlan PlanOf(int sequence, int rows)
    {
        var sizes = new AttentionSizes(rows, _spec.Attention.Heads, _spec.Attention.KeyHeads, _spec.Attention.HeadDim);
        return new SequencePlanner(new SequenceProblem(sequence, _length, IsCausal: true, sizes), _cluster).Plan(sequence == 1 ? SequenceScheduleNames.Ring : SequenceScheduleNames.Auto);
    }
}
