namespace Orleans.Runtime;

/// <summary>One call on its way to a grain and back.</summary>
internal abstract class GrainCall : Work
{
    private readonly GrainMethod _method;
    private readonly object?[] _arguments;
    private CancellationTokenRegistration _cancellation;

    protected GrainCall(GrainMethod method, GrainClass grainClass, GrainId target, object?[] arguments, long sentAt)
    {
        _method = method;
        _arguments = arguments;
        Class = grainClass;
        Target = target;
        SentAt = sentAt;
    }

    internal GrainClass Class { get; }

    internal GrainId Target { get; }

    /// <summary>The clock's timestamp when it was made.</summary>
    internal long SentAt { get; }

    /// <summary>What the caller awaits.</summary>
    internal abstract Task Answer { get; }

    internal override bool Interleaves => Class.IsReentrant || _method.AlwaysInterleaves;

    internal override bool KeepsActive => true;

    internal override bool IsAbandoned => Answer.IsCompleted;

    public override string ToString() => $"'{_method}' of grain '{Target}'";

    internal sealed override void Settle(Task ended)
    {
        _cancellation.Dispose();
        Complete(ended);
    }

    /// <summary>Ends it for the caller in an exception, unless it has ended.</summary>
    internal void Fail(Exception failure)
    {
        _cancellation.Dispose();
        CompleteWith(failure);
    }

    /// <summary>Ends it for the caller at the token's word; what runs by then runs on, with the same token.</summary>
    internal void EndAt(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken.UnsafeRegister(static (call, cancelled) => ((GrainCall)call!).CompleteWith(cancelled), this);
    }

    protected sealed override Task Begin(object grain) => _method.Invoke(grain, _arguments);

    /// <summary>Takes over the outcome of the grain's task, or of a plain one where the method threw instead of returning one.</summary>
    protected abstract void Complete(Task ended);

    protected abstract void CompleteWith(Exception failure);

    protected abstract void CompleteWith(CancellationToken cancelled);
}
