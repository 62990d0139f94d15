using System.Runtime.ExceptionServices;

namespace Granary.Pipelines.Corpus;

/// <summary>The batches between the thread that reads a part of a file and the one that takes its documents, up to a number of bytes.</summary>
internal sealed class BatchQueue
{
    // A Monitor's own lock, for Wait and Pulse; guards every field below.
    private readonly object _gate = new();
    private readonly Queue<DocumentBatch> _batches = new();
    private readonly long _maxBytes;
    private long _bytes;
    private ExceptionDispatchInfo? _fault;
    private bool _isComplete;
    private bool _isAbandoned;

    public BatchQueue(long maxBytes)
    {
        _maxBytes = maxBytes;
    }

    /// <summary>Adds a batch, and waits while the queue is full.</summary>
    /// <exception cref="OperationCanceledException">Nobody takes the batches any more.</exception>
    public void Add(DocumentBatch batch)
    {
        lock (_gate)
        {
            while (_bytes > 0 && _bytes + batch.MemoryBytes > _maxBytes && !_isAbandoned)
            {
                Monitor.Wait(_gate);
            }

            if (_isAbandoned)
            {
                throw new OperationCanceledException();
            }

            _bytes += batch.MemoryBytes;
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

    /// <summary>Takes the next batch, and waits for it; null at the end and when the queue was abandoned.</summary>
    public DocumentBatch? Take()
    {
        lock (_gate)
        {
            while (_batches.Count == 0 && !_isComplete && !_isAbandoned)
            {
                Monitor.Wait(_gate);
            }

            if (_batches.TryDequeue(out var batch))
            {
                _bytes -= batch.MemoryBytes;
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
