using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Schedules;

namespace Granary.Distributed.Planning;

/// <summary>
/// Times a schedule's table on paper: a step takes as long as the slowest rank's blocks or the slowest link's messages, whichever
/// is longer, and steps follow each other. Parcels of one step for the same peer are one message.
/// </summary>
/// <remarks>A pair of a query and a key costs 4D operations for a head.</remarks>
public sealed class ScheduleSimulator
{
    private const double FlopsPerDim = 4;

    // Ranks up to which each is looked at.
    private const int AllRanks = 128;

    private readonly SequenceProblem _problem;
    private readonly ClusterDescription _cluster;
    private readonly int _allRanks;

    /// <summary>Prepares to time schedules of a problem on a cluster.</summary>
    public ScheduleSimulator(SequenceProblem problem, ClusterDescription cluster)
        : this(problem, cluster, AllRanks)
    {
    }

    internal ScheduleSimulator(SequenceProblem problem, ClusterDescription cluster, int allRanks)
    {
        _problem = problem;
        _cluster = cluster;
        _allRanks = allRanks;
    }

    /// <summary>What the schedule takes for one attention with positions in an order.</summary>
    public PassCost Run(ISequenceSchedule schedule, SequenceOrder order)
    {
        var layout = _problem.LayoutOf(order);
        var (seconds, computing, transferring) = (0.0, 0.0, 0.0);
        var sample = SampleOf(schedule);
        for (var step = 0; step < schedule.Steps; step++)
        {
            var (compute, transfer) = (0.0, 0.0);
            foreach (var rank in sample.At(step))
            {
                var table = schedule.At(rank, step);
                compute = Math.Max(compute, ComputeSeconds(table.Blocks, layout, schedule.IsBackward));
                transfer = Math.Max(transfer, TransferSeconds(rank, table, layout));
            }

            seconds += Math.Max(compute, transfer);
            computing += compute;
            transferring += transfer;
        }

        var heaviest = Heaviest(schedule).ToList();
        return new(
            seconds,
            computing,
            transferring,
            heaviest.Max(rank => ScheduleBytes.SentBy(rank, schedule, layout, _problem.Sizes)),
            heaviest.Max(rank => ScheduleBuffers.MostHeldBy(rank, schedule, layout, _problem.Sizes)),
            heaviest.Max(rank => ScheduleBuffers.KeptBy(rank, schedule, layout, _problem.Sizes)));
    }

    private RankSample SampleOf(ISequenceSchedule schedule)
    {
        var areEqual = _problem.Length % (2L * _problem.Ranks) == 0 && schedule.Name != SequenceScheduleNames.Ulysses;
        var ranksPerNode = _cluster.BetweenNodes is null || _cluster.RanksPerNode >= _problem.Ranks ? 1 : _cluster.RanksPerNode;
        return new(_problem.Ranks, GroupSizeOf(schedule), ranksPerNode, isWhole: !areEqual || _problem.Ranks <= _allRanks);
    }

    // Causal tables ask most of ranks at one of the ends or in the middle.
    private IEnumerable<int> Heaviest(ISequenceSchedule schedule)
    {
        var (size, groups) = (GroupSizeOf(schedule), _problem.Ranks / GroupSizeOf(schedule));
        return _problem.Ranks <= _allRanks
            ? Enumerable.Range(0, _problem.Ranks)
            : new[] { 0, 1, (groups / 2) - 1, groups / 2, groups - 2, groups - 1 }.Select(group => group * size);
    }

    private static int GroupSizeOf(ISequenceSchedule schedule) => schedule is TokenRingUlyssesSchedule grouped ? grouped.GroupSize : 1;

    private double ComputeSeconds(IReadOnlyList<BlockTask> blocks, SequenceLayout layout, bool isBackward)
    {
        var pairs = 0.0;
        foreach (var block in blocks)
        {
            var (first, end) = block.Heads.Of(_problem.Sizes.Heads);
            pairs += (double)(end - first) * BlockWork.PairsOf(block, layout, _problem.IsCausal);
        }

        var flops = FlopsPerDim * _problem.Sizes.HeadDim * _problem.Sizes.Batch * pairs;
        return (blocks.Count * _cluster.BlockSeconds) + ((isBackward ? _cluster.BackwardCost : 1) * flops / _cluster.AttentionFlops);
    }

    private double TransferSeconds(int rank, RankStep step, SequenceLayout layout)
    {
        if (step.Sends.Count + step.Receives.Count == 0)
        {
            return 0;
        }

        var inside = SecondsOver(_cluster.InsideNode, step, layout, peer => _cluster.ShareNode(rank, peer));
        return _cluster.BetweenNodes is { } between ? Math.Max(inside, SecondsOver(between, step, layout, peer => !_cluster.ShareNode(rank, peer))) : inside;
    }

    private double SecondsOver(LinkDescription link, RankStep step, SequenceLayout layout, Predicate<int> isOver)
    {
        var sent = BytesByPeer(step.Sends, layout, isOver);
        var received = BytesByPeer(step.Receives, layout, isOver);
        return link.Kind switch
        {
            LinkKind.Mesh => link.SecondsOf(sent.Count > 0 ? sent.Values.Max() : 0),
            LinkKind.Port => link.SecondsOf(Math.Max(sent.Values.Sum(), received.Values.Sum())),
            _ => link.SecondsOf(sent.Values.Sum() + received.Values.Sum()),
        };
    }

    private Dictionary<int, long> BytesByPeer(IReadOnlyList<ParcelTransfer> transfers, SequenceLayout layout, Predicate<int> isOver)
    {
        var bytes = new Dictionary<int, long>();
        foreach (var transfer in transfers)
        {
            if (isOver(transfer.Peer))
            {
                bytes[transfer.Peer] = bytes.GetValueOrDefault(transfer.Peer) + ParcelBytes.Of(transfer.Parcel, layout, _problem.Sizes);
            }
        }

        return bytes;
    }
}
