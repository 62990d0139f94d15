namespace Orleans.Runtime;

/// <summary>
/// What waits and what runs on one activation: one call at a time in the order in which they came, and beside it those that
/// interleave. Its activation's lock guards it.
/// </summary>
internal sealed class WorkQueue
{
    private readonly Queue<Work> _ordered = new();
    private readonly Queue<Work> _interleaving = new();
    private readonly HashSet<Work> _running = [];
    private Work? _blocking; // the running one that lets no other begin in its order

    /// <summary>Whether nothing runs.</summary>
    internal bool IsQuiet => _running.Count == 0;

    /// <summary>Whether nothing runs or waits.</summary>
    internal bool IsEmpty => _running.Count + _ordered.Count + _interleaving.Count == 0;

    /// <summary>All that waits or runs.</summary>
    internal IEnumerable<Work> All => _running.Concat(_ordered).Concat(_interleaving);

    internal void Add(Work work) => (work.Interleaves ? _interleaving : _ordered).Enqueue(work);

    /// <summary>Lets the next one run that may; false where none may.</summary>
    internal bool TryStart(out Work work)
    {
        if (_blocking is null && TryTake(_ordered, out work))
        {
            _blocking = work;
        }
        else if (!TryTake(_interleaving, out work))
        {
            return false;
        }

        _running.Add(work);
        return true;
    }

    internal void End(Work work)
    {
        _running.Remove(work);
        if (ReferenceEquals(_blocking, work))
        {
            _blocking = null;
        }
    }

    /// <summary>Takes out all that waits, in its order.</summary>
    internal IReadOnlyList<Work> TakeWaiting()
    {
        Work[] waiting = [.. _ordered, .. _interleaving];
        _ordered.Clear();
        _interleaving.Clear();
        return waiting;
    }

    private static bool TryTake(Queue<Work> queue, out Work work)
    {
        while (queue.TryDequeue(out work!))
        {
            if (!work.IsAbandoned)
            {
                return true;
            }
        }

        return false;
    }
}
