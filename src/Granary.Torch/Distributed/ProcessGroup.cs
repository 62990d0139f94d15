namespace Granary.Torch.Distributed;

/// <summary>
/// Ranks that exchange tensors, under torch.distributed's names. Every call begins an exchange and returns its handle; all
/// members make the same collective calls in the same order. A group is used by one thread of a rank.
/// </summary>
/// <remarks>
/// A backend gives <see cref="batch_isend_irecv"/>; what stands here composes the collectives from it, so that they are the
/// same on each. Sums are added in the order of the ranks, element by element, whatever a tensor is cut into: an all-reduce,
/// and a reduce-scatter of any part of the same tensor, give the same bits.
/// </remarks>
public abstract class ProcessGroup : IDisposable
{
    /// <summary>Tags from here on are the collectives' own.</summary>
    public const int FirstReservedTag = 1 << 28;

    private int _collectives;

    /// <summary>This process's number in the group.</summary>
    public abstract int rank { get; }

    /// <summary>Members of the group.</summary>
    public abstract int size { get; }

    /// <summary>Bytes that this rank has sent through the group.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Begins transfers to and from peers, the receives first; the handle is done when all are.</summary>
    public Work batch_isend_irecv(IReadOnlyList<PeerOperation> operations)
    {
        foreach (var operation in operations)
        {
            Check(operation);
        }

        return Exchange(operations);
    }

    /// <summary>Begins to send a tensor to a rank.</summary>
    public Work isend(Tensor tensor, int dst, int tag = 0) => batch_isend_irecv([PeerOperation.Send(tensor, dst, tag)]);

    /// <summary>Begins to receive a tensor from a rank.</summary>
    public Work irecv(Tensor tensor, int src, int tag = 0) => batch_isend_irecv([PeerOperation.Receive(tensor, src, tag)]);

    /// <summary>Overwrites every member's tensor with the source's.</summary>
    public virtual Work broadcast(Tensor tensor, int src)
    {
        var tag = NextTag();
        return Exchange(rank == src
            ? [.. Peers().Select(peer => PeerOperation.Send(tensor, peer, tag))]
            : [PeerOperation.Receive(tensor, src, tag)]);
    }

    /// <summary>The members' inputs one behind the other, in the order of the ranks.</summary>
    public virtual Work all_gather_into_tensor(Tensor output, Tensor input)
    {
        RequireParts(output, input.numel(), nameof(output));
        var tag = NextTag();
        var parts = PartsOf(output);
        var exchange = Exchange([
            .. Peers().Select(peer => PeerOperation.Receive(parts[peer], peer, tag)),
            .. Peers().Select(peer => PeerOperation.Send(input, peer, tag))]);
        Copy(input, parts[rank]);
        return exchange;
    }

    /// <summary>Part <see cref="rank"/> of <see cref="size"/> equal parts of the inputs' sum.</summary>
    public virtual Work reduce_scatter_tensor(Tensor output, Tensor input, ReduceOp op = ReduceOp.Sum)
    {
        RequireParts(input, output.numel(), nameof(input));
        return new ScatteredSum(this, output, PartsOf(input), op);
    }

    /// <summary>Overwrites every member's tensor with the sum of all.</summary>
    public virtual Work all_reduce(Tensor tensor, ReduceOp op = ReduceOp.Sum)
    {
        return size == 1 ? Work.Done : new WholeSum(this, tensor, op);
    }

    /// <summary>Part r of each member's input goes to rank r; parts are rows of the first dim, equally many unless counts are given.</summary>
    public virtual Work all_to_all_single(Tensor output, Tensor input, IReadOnlyList<long>? outputRows = null, IReadOnlyList<long>? inputRows = null)
    {
        var tag = NextTag();
        var (outputs, inputs) = (RowsOf(output, outputRows), RowsOf(input, inputRows));
        var exchange = Exchange([
            .. Peers().Where(peer => outputs[peer].numel() > 0).Select(peer => PeerOperation.Receive(outputs[peer], peer, tag)),
            .. Peers().Where(peer => inputs[peer].numel() > 0).Select(peer => PeerOperation.Send(inputs[peer], peer, tag))]);
        Copy(inputs[rank], outputs[rank]);
        return exchange;
    }

    /// <summary>Done when every member has called it.</summary>
    public virtual Work barrier()
    {
        return all_reduce(torch.zeros([size]));
    }

    /// <summary>
    /// Refuses to go on where an exchange of the group has failed. Over NCCL a wait holds up the stream alone, so whoever reads what
    /// came asks for it behind the read: memory that a failed exchange was to fill is nobody's.
    /// </summary>
    /// <exception cref="DistributedException">One has failed.</exception>
    public virtual void ThrowIfFailed()
    {
    }

    /// <summary>A group of some of the members, by their ranks here, in that order; null on a rank that is none of them. All members call it.</summary>
    public abstract ProcessGroup? new_group(IReadOnlyList<int> ranks);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the group holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Begins transfers, the receives first.</summary>
    protected abstract Work Transfer(IReadOnlyList<PeerOperation> operations);

    private Work Exchange(IReadOnlyList<PeerOperation> operations)
    {
        if (operations.Count == 0)
        {
            return Work.Done;
        }

        BytesSent += operations.Where(operation => operation.IsSend).Sum(operation => operation.Tensor.Layout().Bytes);
        return Transfer(operations);
    }

    // Members call collectives in one order, so their counts agree.
    private int NextTag() => FirstReservedTag + (_collectives++ & 0xFFFFFF);

    // Starting behind this rank, so that not all members begin with the same peer.
    private IEnumerable<int> Peers() => Enumerable.Range(1, size - 1).Select(distance => (rank + distance) % size);

    private void Check(PeerOperation operation)
    {
        if (operation.Peer == rank || operation.Peer < 0 || operation.Peer >= size)
        {
            throw new ArgumentOutOfRangeException(nameof(operation), $"Rank {rank} exchanges with rank '{operation.Peer}', but its peers are the other ranks from 0 to {size - 1}.");
        }

        if (operation.Tag is < 0 or >= FirstReservedTag)
        {
            throw new ArgumentOutOfRangeException(nameof(operation), $"The tag is '{operation.Tag}' but must be from 0 to below {FirstReservedTag}.");
        }

        if (!operation.Tensor.is_contiguous())
        {
            throw new ArgumentException($"The tensor for rank {operation.Peer} is {operation.Tensor} with gaps, but only a contiguous one can be sent or received; give a copy.", nameof(operation));
        }
    }

    private void RequireParts(Tensor whole, long part, string name)
    {
        if (!whole.is_contiguous() || whole.numel() != part * size)
        {
            throw new ArgumentException($"'{name}' is {whole}, but must be contiguous and hold {size} parts of {part} elements.", name);
        }
    }

    private Tensor[] PartsOf(Tensor whole)
    {
        var flat = whole.view(-1);
        var part = flat.numel() / size;
        return [.. Enumerable.Range(0, size).Select(index => flat.narrow(0, index * part, part))];
    }

    private Tensor[] RowsOf(Tensor tensor, IReadOnlyList<long>? rows)
    {
        if ((rows is null && tensor.size(0) % size != 0) || (rows is not null && (rows.Count != size || rows.Sum() != tensor.size(0))) || !tensor.is_contiguous())
        {
            throw new ArgumentException($"{tensor} must be contiguous and its first dim fall into {size} parts{(rows is null ? string.Empty : $" of '{string.Join(", ", rows)}' rows")}.", nameof(tensor));
        }

        var counts = rows ?? [.. Enumerable.Repeat(tensor.size(0) / size, size)];
        var start = 0L;
        var parts = new Tensor[size];
        for (var peer = 0; peer < size; peer++)
        {
            parts[peer] = tensor.narrow(0, start, counts[peer]);
            start += counts[peer];
        }

        return parts;
    }

    private static void Copy(Tensor from, Tensor to)
    {
        using var mode = torch.no_grad();
        if (to.numel() > 0 && !ReferenceEquals(from, to))
        {
            to.view(-1).copy_(from.reshape(-1));
        }
    }

    // Every member sends part r to rank r, which adds what it has in the order of the ranks: (n - 1) / n of the tensor go out. The sum
    // grows where its first value lies, which is the output unless that holds another's: the first two may change places.
    private sealed class ScatteredSum : Work
    {
        private readonly Tensor _output;
        private readonly Tensor[] _values;
        private readonly int _first; // whose value the sum begins with
        private readonly ReduceOp _op;
        private readonly Work _exchange;
        private bool _isDone;

        public ScatteredSum(ProcessGroup group, Tensor output, Tensor[] parts, ReduceOp op)
        {
            var tag = group.NextTag();
            var own = parts[group.rank].detach().DetachFromDisposeScope();
            _output = output.detach().view(-1).DetachFromDisposeScope();
            _op = op;
            var isInPlace = output.BeginsWith(own);
            _first = isInPlace ? (group.rank < 2 ? group.rank : 0) : (group.rank == 0 && group.size > 1 ? 1 : 0);
            _values = [.. parts.Select((_, peer) => peer == group.rank ? own : peer == _first && !isInPlace ? _output : torch.empty_like(own).DetachFromDisposeScope())];
            _exchange = group.Exchange([
                .. group.Peers().Select(peer => PeerOperation.Receive(_values[peer], peer, tag)),
                .. group.Peers().Select(peer => PeerOperation.Send(parts[peer], peer, tag))]);
        }

        public override void wait()
        {
            if (_isDone)
            {
                return;
            }

            _isDone = true;
            _exchange.wait();
            using var mode = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var sum = _values[_first];
            foreach (var value in _values.Where(value => value != sum))
            {
                Join(sum, value, _op);
            }

            if (!sum.BeginsWith(_output))
            {
                _output.copy_(sum);
            }

            foreach (var value in _values.Append(_output).Distinct())
            {
                value.Dispose();
            }
        }

        private static void Join(Tensor sum, Tensor value, ReduceOp op)
        {
            _ = op switch
            {
                ReduceOp.Max => sum.copy_(sum.maximum(value)),
                ReduceOp.Min => sum.copy_(sum.minimum(value)),
                _ => sum.add_(value),
            };
        }
    }

    // A tensor that does not fall into equal parts is padded at its end.
    private sealed class WholeSum : Work
    {
        private readonly ProcessGroup _group;
        private readonly Tensor _tensor;
        private readonly Tensor _padded;
        private readonly Tensor _part;
        private readonly Work _scattered;
        private bool _isDone;

        public WholeSum(ProcessGroup group, Tensor tensor, ReduceOp op)
        {
            using var mode = torch.no_grad();
            var part = (tensor.numel() + group.size - 1) / group.size;
            _group = group;
            _tensor = tensor.detach().DetachFromDisposeScope();
            _padded = torch.zeros([part * group.size], tensor.dtype, tensor.device).DetachFromDisposeScope();
            _padded.narrow(0, 0, tensor.numel()).copy_(tensor.reshape(-1));
            _part = torch.empty([part], tensor.dtype, tensor.device).DetachFromDisposeScope();
            _scattered = group.reduce_scatter_tensor(_part, _padded, op);
        }

        public override void wait()
        {
            if (_isDone)
            {
                return;
            }

            _isDone = true;
            _scattered.wait();
            _group.all_gather_into_tensor(_padded, _part).wait();
            using var mode = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            _tensor.copy_(_padded.narrow(0, 0, _tensor.numel()).view(_tensor.shape));
            foreach (var held in new[] { _tensor, _padded, _part })
            {
                held.Dispose();
            }
        }
    }
}
