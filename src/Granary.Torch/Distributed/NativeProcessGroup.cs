using Granary.Torch.Native;

namespace Granary.Torch.Distributed;

/// <summary>A rank's end of a group over libtorch's c10d: Gloo or NCCL.</summary>
/// <remarks>
/// All that was begun is waited for before the group is disposed, and groups made from it are disposed before it. Over NCCL
/// tags do not travel: peers exchange in the order of their calls, and <see cref="Work.wait"/> holds up the device's stream alone.
/// </remarks>
public sealed unsafe class NativeProcessGroup : ProcessGroup
{
    private readonly GroupFamily _family;
    private readonly string _name;
    private readonly IReadOnlyList<int> _ranks;
    private readonly GroupHandle? _handle;
    private readonly CallCheck _check;
    private int _groups;

    // A group of one has nobody to connect to.
    private NativeProcessGroup(GroupFamily family, string name, IReadOnlyList<int> ranks, int rank, GroupHandle? handle)
    {
        _family = family;
        _name = name;
        _ranks = ranks;
        _handle = handle;
        _check = new CallCheck(family, name, ranks, rank);
        this.rank = rank;
    }

    /// <inheritdoc/>
    public override int rank { get; }

    /// <inheritdoc/>
    public override int size => _ranks.Count;

    /// <summary>Whether members compare their calls before anything is sent, in this group and all that are made from it; all members change it at the same call.</summary>
    public bool ChecksCalls
    {
        get => _family.ChecksCalls;
        set => _family.ChecksCalls = value;
    }

    /// <summary>How long an exchange is waited for.</summary>
    internal long TimeoutMilliseconds => (long)_family.Options.Timeout.TotalMilliseconds;

    /// <summary>A group whose members meet in a store, which must live as long as it; returns when all have come.</summary>
    /// <exception cref="DistributedException">They did not within the time-out, or the backend is not there.</exception>
    public static NativeProcessGroup Create(TcpStore store, ProcessGroupOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Rank, options.Size);
        DistributedBackends.Require(options.Backend);
        return Create(new GroupFamily(store, options), options.Name, [.. Enumerable.Range(0, options.Size)], options.Rank);
    }

    /// <inheritdoc/>
    public override ProcessGroup? new_group(IReadOnlyList<int> ranks)
    {
        var name = $"{_name}/{_groups++}";
        var place = ranks.ToList().IndexOf(rank);
        return place < 0 ? null : Create(_family, name, [.. ranks.Select(member => _ranks[member])], place);
    }

    /// <summary>Ends all waiting in this group and all that are made from it; further exchanges are refused with the same reason. Any thread may call it.</summary>
    public void Abort(DistributedException reason)
    {
        _family.Abort(reason);
    }

    /// <inheritdoc/>
    public override void ThrowIfFailed()
    {
        _family.ThrowIfFailed();
    }

    /// <inheritdoc/>
    public override Work broadcast(Tensor tensor, int src)
    {
        _check.Collective(() => $"broadcast of {tensor} from rank {src}");
        return base.broadcast(tensor, src);
    }

    /// <inheritdoc/>
    public override Work all_gather_into_tensor(Tensor output, Tensor input)
    {
        _check.Collective(() => $"all_gather_into_tensor of {input}");
        return base.all_gather_into_tensor(output, input);
    }

    /// <inheritdoc/>
    public override Work reduce_scatter_tensor(Tensor output, Tensor input, ReduceOp op = ReduceOp.Sum)
    {
        _check.Collective(() => $"reduce_scatter_tensor, {op}, of {input}");
        return base.reduce_scatter_tensor(output, input, op);
    }

    /// <inheritdoc/>
    public override Work all_reduce(Tensor tensor, ReduceOp op = ReduceOp.Sum)
    {
        _check.Collective(() => $"all_reduce, {op}, of {tensor}");
        return base.all_reduce(tensor, op);
    }

    /// <inheritdoc/>
    public override Work all_to_all_single(Tensor output, Tensor input, IReadOnlyList<long>? outputRows = null, IReadOnlyList<long>? inputRows = null)
    {
        // Members may have other numbers of rows; what each sends another is compared where it is sent.
        _check.Collective(() => $"all_to_all_single of {input.dtype}[rows{string.Concat(input.shape.Skip(1).Select(length => $", {length}"))}]");
        return base.all_to_all_single(output, input, outputRows, inputRows);
    }

    /// <inheritdoc/>
    public override Work barrier()
    {
        _check.Collective(() => "barrier");
        return base.barrier();
    }

    /// <summary>Why a transfer failed.</summary>
    internal DistributedException Explain(PeerOperation operation, string reason, Exception? inner)
    {
        var peer = _ranks[operation.Peer];
        return _family.Explain(
            peer,
            $"Rank {_ranks[rank]} waited up to {_family.Options.Timeout.TotalSeconds:0.#} s {(operation.IsSend ? "to send" : "for")} {operation.Tensor} with tag {operation.Tag} {(operation.IsSend ? "to" : "from")} rank {peer} in group '{_name}', but in vain: {reason.TrimEnd('.', ' ')}. All ranks must run and make the same calls; rank {peer}'s log says more.",
            inner);
    }

    /// <summary>Frees what waits on a device for peers: its stream, and whoever waits for that.</summary>
    internal void AbortDevice()
    {
        if (_handle is null)
        {
            return;
        }

        try
        {
            NativeStatus.Check(NativeMethods.gn_distributed_group_abort(_handle));
        }
        catch (ObjectDisposedException)
        {
            // Nothing waits in it any more.
        }
    }

    /// <summary>An exchange is done.</summary>
    internal void Forget(NativeWork work)
    {
        _family.Remove(work);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _handle?.Dispose();
            _family.Remove(this);
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override Work Transfer(IReadOnlyList<PeerOperation> operations)
    {
        _family.ThrowIfFailed();
        _check.Transfers(operations);
        var work = new NativeWork(this, Begin(operations), operations);
        _family.Add(work);
        return work;
    }

    private static NativeProcessGroup Create(GroupFamily family, string name, IReadOnlyList<int> ranks, int rank)
    {
        family.ThrowIfFailed();
        GroupHandle? handle = null;
        try
        {
            handle = ranks.Count == 1 ? null : family.Store.CreateGroup(name, family.Options, rank, ranks.Count);
            if (handle is not null && !family.Meet(name, ranks.Count))
            {
                throw Alone("some are still connecting", inner: null);
            }

            var group = new NativeProcessGroup(family, name, ranks, rank, handle);
            family.Add(group);
            return group;
        }
        catch (TorchException exception)
        {
            throw Alone(exception.NativeMessage.Split('\n')[0].TrimEnd('.', ' '), exception);
        }
        catch (DistributedException)
        {
            handle?.Dispose();
            throw;
        }

        DistributedException Alone(string reason, Exception? inner)
        {
            return family.Explain(
                ranks[(rank + 1) % ranks.Count],
                $"Rank {ranks[rank]} waited up to {family.Options.Timeout.TotalSeconds:0.#} s for the ranks {string.Join(", ", ranks)} to meet in group '{name}', but in vain: {reason}. All of them must make the same groups in the same order.",
                inner);
        }
    }

    private WorkHandle Begin(IReadOnlyList<PeerOperation> operations)
    {
        ObjectDisposedException.ThrowIf(_handle is null || _handle.IsClosed, this);
        var native = new NativePeerOperation[operations.Count];
        for (var index = 0; index < native.Length; index++)
        {
            var operation = operations[index];
            native[index] = new NativePeerOperation { Tensor = operation.Tensor.Handle, Peer = operation.Peer, Tag = operation.Tag, IsSend = operation.IsSend ? 1 : 0 };
        }

        try
        {
            nint work;
            fixed (NativePeerOperation* pointer = native)
            {
                NativeStatus.Check(NativeMethods.gn_distributed_begin(_handle, pointer, native.Length, &work));
            }

            return new WorkHandle(work);
        }
        catch (TorchException exception)
        {
            throw Explain(operations[0], exception.NativeMessage.Split('\n')[0], exception);
        }
        finally
        {
            GC.KeepAlive(operations);
        }
    }
}
