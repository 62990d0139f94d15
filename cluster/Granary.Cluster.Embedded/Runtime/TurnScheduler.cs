namespace Orleans.Runtime;

/// <summary>
/// Runs an activation's turns one after the other on the thread pool: calls that begin, and what comes back to them after an
/// await, because the scheduler is the current one while a turn runs.
/// </summary>
internal sealed class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    // After so many turns in a row others get the thread.
    private const int TurnsInARow = 128;

    [ThreadStatic]
    private static TurnScheduler? RunningHere;

    private readonly Lock _lock = new(); // guards _queue and _isScheduled
    private readonly Queue<object> _queue = new(); // tasks, and turns that are not tasks yet
    private bool _isScheduled;

    public override int MaximumConcurrencyLevel => 1;

    internal void Queue(Turn turn) => Enqueue(turn);

    void IThreadPoolWorkItem.Execute()
    {
        RunningHere = this;
        var turns = 0;
        while (turns < TurnsInARow && TryDequeue(out var next))
        {
            RunOne(next);
            turns++;
        }

        RunningHere = null;
        if (turns == TurnsInARow)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    protected override void QueueTask(Task task) => Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
    {
        return ReferenceEquals(RunningHere, this) && TryExecuteTask(task);
    }

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
        {
            return [.. _queue.OfType<Task>()];
        }
    }

    private void Enqueue(object next)
    {
        lock (_lock)
        {
            _queue.Enqueue(next);
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryDequeue(out object next)
    {
        lock (_lock)
        {
            _isScheduled = _queue.TryDequeue(out next!);
            return _isScheduled;
        }
    }

    private void RunOne(object next)
    {
        if (next is Task task)
        {
            TryExecuteTask(task);
            return;
        }

        // The task is made here and not by the caller, so that nothing ambient of the caller flows into the grain.
        new Task(static turn => ((Turn)turn!).Run(), next, TaskCreationOptions.DenyChildAttach).RunSynchronously(this);
    }
}
