using System.Runtime.ExceptionServices;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>
/// Threads that work off numbered blocks. Within a block libtorch computes with one thread, so what comes out depends on the
/// blocks and not on the number of threads. While they live, no other thread should call libtorch: its settings are global.
/// </summary>
public sealed class BlockWorkers : IDisposable
{
    private readonly int _threadsBefore;
    private readonly Thread[] _threads;
    private readonly Barrier _barrier; // all workers and the caller: once to begin, once to end
    private Action<int> _body = _ => { };
    private int _blocks;
    private int _next;
    private Exception? _failure; // the first of a worker's; the others stop
    private bool _isOver;

    /// <summary>Starts so many threads.</summary>
    public BlockWorkers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threadsBefore = torch.get_num_threads();
        _barrier = new Barrier(threads + 1);
        _threads = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Calls the body with each number below <paramref name="blocks"/>, in no order, and waits.</summary>
    public void Run(int blocks, Action<int> body)
    {
        (_body, _blocks, _next, _failure) = (body, blocks, 0, null);
        _barrier.SignalAndWait();
        _barrier.SignalAndWait();
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Cuts a range into blocks of one size, the last one shorter, and calls the body with each.</summary>
    public void RunRange(int count, int blockSize, Action<int, int> body)
    {
        Run((count + blockSize - 1) / blockSize, block => body(block * blockSize, Math.Min(count, (block + 1) * blockSize)));
    }

    /// <summary>Ends the threads and gives libtorch its number of threads back.</summary>
    public void Dispose()
    {
        _isOver = true;
        _barrier.SignalAndWait();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _barrier.Dispose();
        torch.set_num_threads(_threadsBefore);
    }

    private void Work()
    {
        torch.set_num_threads(1);
        while (true)
        {
            _barrier.SignalAndWait();
            if (_isOver)
            {
                return;
            }

            WorkOff();
            _barrier.SignalAndWait();
        }
    }

    private void WorkOff()
    {
        try
        {
            for (var block = Interlocked.Increment(ref _next) - 1; block < _blocks && Volatile.Read(ref _failure) is null; block = Interlocked.Increment(ref _next) - 1)
            {
                _body(block);
            }
        }
        catch (Exception exception)
        {
            // Handed to whoever waits for the blocks.
            Interlocked.CompareExchange(ref _failure, exception, null);
        }
    }
}
