namespace Granary.Torch.Distributed;

/// <summary>
/// Compares a member's calls with its peers' by way of the store, before anything is sent. Whoever comes first writes what it
/// is about to do; whoever comes later compares and refuses, so that nobody waits for a comparison.
/// </summary>
internal sealed class CallCheck
{
    private readonly GroupFamily _family;
    private readonly string _group;
    private readonly IReadOnlyList<int> _ranks;
    private readonly int _rank;
    private readonly Dictionary<(int From, int To, int Tag), long> _transfers = [];
    private long _collectives;

    internal CallCheck(GroupFamily family, string group, IReadOnlyList<int> ranks, int rank)
    {
        _family = family;
        _group = group;
        _ranks = ranks;
        _rank = rank;
    }

    /// <summary>Refuses transfers whose other end is of another type or size.</summary>
    /// <exception cref="DistributedException">There is one.</exception>
    internal void Transfers(IReadOnlyList<PeerOperation> operations)
    {
        if (!_family.ChecksCalls)
        {
            return;
        }

        foreach (var operation in operations)
        {
            Transfer(operation);
        }
    }

    /// <summary>Refuses a collective call where another member makes another one.</summary>
    /// <exception cref="DistributedException">One does.</exception>
    internal void Collective(Func<string> describe)
    {
        if (!_family.ChecksCalls || _ranks.Count == 1)
        {
            return;
        }

        var (number, own) = (_collectives++, describe());
        var key = $"calls/{_group}/{number}";
        var first = _family.Store.compare_set(key, string.Empty, $"{_ranks[_rank]}|{own}").Split('|', 2);
        if (_family.Store.add($"{key}/count", 1) == _ranks.Count)
        {
            _family.Store.delete_key(key);
            _family.Store.delete_key($"{key}/count");
        }

        if (first[1] != own)
        {
            throw _family.Refuse($"Rank {_ranks[_rank]} calls {own} in group '{_group}' where rank {first[0]} calls {first[1]}, as call {number} of the group; nothing was sent. All ranks must make the same calls with the same shapes.");
        }
    }

    private void Transfer(PeerOperation operation)
    {
        var (from, to) = operation.IsSend ? (_rank, operation.Peer) : (operation.Peer, _rank);
        var verb = operation.IsSend ? "sends" : "receives";
        var own = $"{operation.Tensor.dtype}|{operation.Tensor.numel()}";
        var key = $"calls/{_group}/{from}>{to}/{operation.Tag}/{NumberOf((from, to, operation.Tag))}";
        var line = $"{verb}|{own}|{operation.Tensor}";
        var found = _family.Store.compare_set(key, string.Empty, line);
        if (found == line)
        {
            return; // the peer compares
        }

        _family.Store.delete_key(key);
        var other = found.Split('|', 4);
        if (own != $"{other[1]}|{other[2]}")
        {
            throw _family.Refuse($"Rank {_ranks[_rank]} {verb} {operation.Tensor} with tag {operation.Tag} in group '{_group}' where rank {_ranks[operation.Peer]} {other[0]} {other[3]}; nothing was sent. Both must agree on type and size.");
        }
    }

    // What a pair exchanges under a tag is matched in its order. The collectives' tags are used once each.
    private long NumberOf((int From, int To, int Tag) transfer)
    {
        if (transfer.Tag >= ProcessGroup.FirstReservedTag)
        {
            return 0;
        }

        var number = _transfers.GetValueOrDefault(transfer);
        _transfers[transfer] = number + 1;
        return number;
    }
}
