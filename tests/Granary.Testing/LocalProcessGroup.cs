using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Testing;

/// <summary>A rank's end of an exchange between threads of one process: the slow, obvious backend, for tensors of any type.</summary>
internal sealed class LocalProcessGroup : ProcessGroup
{
    private readonly LocalExchange _exchange;
    private readonly string _name;
    private readonly IReadOnlyList<int> _ranks;
    private int _groups;

    internal LocalProcessGroup(LocalExchange exchange, string name, IReadOnlyList<int> ranks, int rank)
    {
        _exchange = exchange;
        _name = name;
        _ranks = ranks;
        this.rank = rank;
    }

    public override int rank { get; }

    public override int size => _ranks.Count;

    public override ProcessGroup? new_group(IReadOnlyList<int> ranks)
    {
        var name = $"{_name}/{_groups++}";
        var place = ranks.ToList().IndexOf(rank);
        return place < 0 ? null : new LocalProcessGroup(_exchange, name, [.. ranks.Select(member => _ranks[member])], place);
    }

    protected override Work Transfer(IReadOnlyList<PeerOperation> operations)
    {
        // A send is a copy, so it is done at once.
        foreach (var operation in operations.Where(operation => operation.IsSend))
        {
            _exchange.Put((_name, rank, operation.Peer, operation.Tag), operation.Tensor.detach().clone().DetachFromDisposeScope());
        }

        return new Receipt(this, [.. operations.Where(operation => !operation.IsSend).Select(operation => operation with { Tensor = operation.Tensor.detach().DetachFromDisposeScope() })]);
    }

    private sealed class Receipt(LocalProcessGroup group, IReadOnlyList<PeerOperation> receives) : Work
    {
        private bool _isDone;

        public override void wait()
        {
            if (_isDone)
            {
                return;
            }

            _isDone = true;
            using var mode = torch.no_grad();
            foreach (var receive in receives)
            {
                using var sent = group._exchange.Take((group._name, receive.Peer, group.rank, receive.Tag));
                if (sent.dtype != receive.Tensor.dtype || sent.numel() != receive.Tensor.numel())
                {
                    throw new DistributedException($"Rank {group.rank} expected {receive.Tensor} from rank {receive.Peer} but got {sent}; all ranks must make the same calls.");
                }

                using var scope = torch.NewDisposeScope();
                receive.Tensor.view(-1).copy_(sent.view(-1));
                receive.Tensor.Dispose();
            }
        }
    }
}
