using Granary.Torch.Native;

namespace Granary.Torch.Cuda;

/// <summary>
/// Work recorded once and launched as one. What it reads and writes lies where it lay at capture: inputs are copied into the
/// tensors it read then, results are in the tensors it made then, which are held as long as they are wanted.
/// </summary>
/// <remarks>
/// All graphs of a process share one pool of memory, and run one after the other: tensors that were freed during a capture are
/// written over by the replays of every graph. A way back is recorded only where nothing of an earlier one lives on: what adds up
/// a leaf's gradient stays on the stream it was made on.
/// </remarks>
public sealed unsafe class CudaGraph : IDisposable
{
    private readonly CudaGraphHandle _handle;

    private CudaGraph(nint handle)
    {
        _handle = new CudaGraphHandle(handle);
    }

    /// <summary>Records what the work launches, its backward too, without running it. The work reads no result back.</summary>
    /// <exception cref="TorchException">There is no CUDA, or the work did what cannot be recorded.</exception>
    public static CudaGraph Capture(Action work)
    {
        nint handle;
        NativeStatus.Check(NativeMethods.gn_cuda_graph_begin(&handle));
        var graph = new CudaGraph(handle);
        var isDone = false;
        try
        {
            work();
            isDone = true;
        }
        finally
        {
            // Ended whatever happened: the thread's stream is the capture's until then.
            var status = NativeMethods.gn_cuda_graph_end(handle);
            if (!isDone || status != 0)
            {
                graph.Dispose();
            }

            if (isDone)
            {
                NativeStatus.Check(status);
            }
        }

        return graph;
    }

    /// <summary>Launches the work on the current stream.</summary>
    public void Replay()
    {
        NativeStatus.Check(NativeMethods.gn_cuda_graph_replay(_handle.DangerousGetHandle()));
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
