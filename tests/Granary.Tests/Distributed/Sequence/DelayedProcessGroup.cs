using Granary.Torch.Distributed;

namespace Granary.Distributed.Sequence.Tests;

/// <summary>A group whose rank counts for a random while before each exchange, so that the ranks come to it in ever other orders.</summary>
internal sealed class DelayedProcessGroup(ProcessGroup inner, int seed) : ProcessGroup
{
    private readonly Random _random = new((seed * 1000) + inner.rank);
    private long _counted;

    public override int rank => inner.rank;

    public override int size => inner.size;

    public override ProcessGroup? new_group(IReadOnlyList<int> ranks) => inner.new_group(ranks);

    protected override Work Transfer(IReadOnlyList<PeerOperation> operations)
    {
        for (var rest = _random.Next(2_000_000); rest > 0; rest--)
        {
            _counted = unchecked((_counted * 31) + rest);
        }

        return inner.batch_isend_irecv(operations);
    }
}
