using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Reads several parts of files at a time and gives them out in their order. At most two parts a worker are under way
/// or waiting, and what waits shares one measure of bytes, so memory does not grow with the corpus or a file.
/// </summary>
internal sealed class PartPipeline : IDisposable
{
    /// <summary>Bytes of batches that may wait to be taken, over all parts.</summary>
    internal const long MaxWaitingBytes = 128 << 20;

    // The parts that no worker has begun. Guarded by itself, so that parts stand in _begun in their order.
    private readonly IEnumerator<PartRead> _parts;
    private readonly BlockingCollection<PartRead> _begun = [];
    private readonly SemaphoreSlim _window;
    private readonly CancellationTokenSource _stop;
    private readonly Task[] _workers;
    private ExceptionDispatchInfo? _fault;

    public PartPipeline(IEnumerable<PartRead> parts, int workers, CancellationToken cancellationToken)
    {
        _parts = parts.GetEnumerator();
        _window = new SemaphoreSlim(WindowOf(workers));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _workers = [.. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
    }

    /// <summary>How many bytes may wait in the queue of one part.</summary>
    public static long QueueBytes(int workers)
    {
        return MaxWaitingBytes / WindowOf(workers);
    }

    /// <summary>The parts, in order; each must be taken to its end or abandoned before the next.</summary>
    public IEnumerable<PartRead> Parts()
    {
        foreach (var part in _begun.GetConsumingEnumerable(_stop.Token))
        {
            yield return part;
            _window.Release();
        }

        _fault?.Throw();
    }

    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAll(_workers);
        _parts.Dispose();
        _begun.Dispose();
        _stop.Dispose();
        _window.Dispose();
    }

    private static int WindowOf(int workers)
    {
        return 2 * workers;
    }

    private void Work()
    {
        try
        {
            while (Begin() is { } part)
            {
                part.Run(_stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed, or cancelled by the caller, who is told by the taker.
        }
        catch (Exception exception)
        {
            // Not hidden: the taker throws it.
            _fault = ExceptionDispatchInfo.Capture(exception);
            _begun.CompleteAdding();
        }
    }

    /// <summary>The next part that nobody has begun; null at the end.</summary>
    private PartRead? Begin()
    {
        // The permit comes before the part: parts are begun in order, so the one that is taken next is always under way.
        _window.Wait(_stop.Token);
        lock (_parts)
        {
            if (_begun.IsAddingCompleted || !_parts.MoveNext())
            {
                _begun.CompleteAdding();
                return null;
            }

            _begun.Add(_parts.Current);
            return _parts.Current;
        }
    }
}
