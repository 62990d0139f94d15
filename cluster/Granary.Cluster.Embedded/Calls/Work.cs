namespace Orleans.Runtime;

/// <summary>A call or a timer's tick: a method of the grain that may take many turns.</summary>
internal abstract class Work : Turn
{
    private Activation? _activation;

    /// <summary>Whether it may run between the turns of others that wait for something.</summary>
    internal abstract bool Interleaves { get; }

    /// <summary>Whether it counts as use of the grain.</summary>
    internal abstract bool KeepsActive { get; }

    /// <summary>Whether nobody waits for it any more, so that it need not begin.</summary>
    internal abstract bool IsAbandoned { get; }

    internal override void Run()
    {
        var task = Begin();
        if (task.IsCompleted)
        {
            _activation!.End(this, task);
        }
        else
        {
            // The activation has a lock of its own, so the end needs no turn.
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => _activation!.End(this, task));
        }
    }

    internal void StartOn(Activation activation, TurnScheduler turns)
    {
        _activation = activation;
        turns.Queue(this);
    }

    /// <summary>Gives the outcome to whom it belongs.</summary>
    internal abstract void Settle(Task ended);

    protected abstract Task Begin(object grain);

    private Task Begin()
    {
        try
        {
            return Begin(_activation!.GrainInstance!);
        }
        catch (Exception failure)
        {
            return Task.FromException(failure);
        }
    }
}
