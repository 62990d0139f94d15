using System.Runtime.ExceptionServices;

namespace Granary.Pipelines.Corpus;

/// <summary>A few batches between the thread that reads a file and the one that takes its documents.</summary>
internal sealed class BatchQueue
{
    private const int Capacity = 4;

    // A Monitor's own lock, for Wait and Pulse; guards every field below.
    private readonly object _gate = new();
    private readonly Queue<DocumentBatch> _batches = new();
    private ExceptionDispatchInfo? _fault;
    private bool _isComplete;
    private bool _isAbandoned;

    /// <summary>Adds a batch, and waits while the queue is full.</summary>
    /// <exception cref="OperationCanceledException">Nobody takes the batches any more.</exception>
    public void Add(DocumentBatch batch)
    {
        lock (_gate)
        {
            while (_batches.Count >= Capacity && !_isAbandoned)
            {
                Monitor.Wait(_gate);
            }

            if (_isAbandoned)
            {
                throw new OperationCanceledException();
            }

            _batches.Enqueue(batch);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the queue; a fault is thrown to the taker behind the batches before it.</summary>
    public void Complete(Exception? fault = null)
    {
        lock (_gate)
        {
            _fault = fault is null ? null : ExceptionDispatchInfo.Capture(fault);
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes the next batch, and waits for it; null at the end.</summary>
    public DocumentBatch? Take()
    {
        lock (_gate)
        {
            while (_batches.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            if (_batches.TryDequeue(out var batch))
            {
                Monitor.PulseAll(_gate);
                return batch;
            }

            _fault?.Throw();
            return null;
        }
    }

    /// <summary>Takes no more; whoever adds is stopped.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            _batches.Clear();
            Monitor.PulseAll(_gate);
        }
    }
}
