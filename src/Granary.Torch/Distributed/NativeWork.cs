using Granary.Torch.Native;

namespace Granary.Torch.Distributed;

/// <summary>Transfers of c10d on their way; their tensors' memory is held until they are done.</summary>
internal sealed unsafe class NativeWork : Work
{
    private readonly NativeProcessGroup _group;
    private readonly WorkHandle _handle;
    private readonly IReadOnlyList<PeerOperation> _operations;
    private DistributedException? _failure;
    private bool _isDone;

    internal NativeWork(NativeProcessGroup group, WorkHandle handle, IReadOnlyList<PeerOperation> operations)
    {
        _group = group;
        _handle = handle;
        _operations = operations;
    }

    /// <summary>Where the exchange was begun.</summary>
    internal NativeProcessGroup Group => _group;

    public override void wait()
    {
        if (_isDone)
        {
            if (_failure is not null)
            {
                throw new DistributedException(_failure.Message, _failure.FailedRank, _failure);
            }

            return;
        }

        _isDone = true;
        var pending = -1;
        try
        {
            NativeStatus.Check(NativeMethods.gn_distributed_work_wait(_handle, _group.TimeoutMilliseconds, &pending));
            if (pending >= 0)
            {
                throw _failure = _group.Explain(_operations[pending], "the wait was aborted", null);
            }
        }
        catch (TorchException exception)
        {
            throw _failure = _group.Explain(_operations[Math.Max(0, pending)], exception.NativeMessage.Split('\n')[0], exception);
        }
        catch (ObjectDisposedException exception)
        {
            throw _failure = _group.Explain(_operations[0], "the group was disposed before the exchange was waited for", exception);
        }
        finally
        {
            _group.Forget(this);
            _handle.Dispose();
        }
    }

    /// <summary>Ends another thread's waiting.</summary>
    internal void Abort()
    {
        try
        {
            NativeStatus.Check(NativeMethods.gn_distributed_work_abort(_handle));
        }
        catch (ObjectDisposedException)
        {
            // It is done meanwhile.
        }
    }

    /// <summary>Gives up an exchange that nobody waits for.</summary>
    internal void Drop()
    {
        _handle.Dispose();
    }
}
