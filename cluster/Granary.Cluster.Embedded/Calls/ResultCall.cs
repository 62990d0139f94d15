namespace Orleans.Runtime;

/// <summary>A call of a method that returns a task with a result.</summary>
internal sealed class ResultCall<TResult> : GrainCall
{
    // The caller goes on in a turn of its own, not in the grain's.
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ResultCall(GrainMethod method, GrainClass grainClass, GrainId target, object?[] arguments, long sentAt)
        : base(method, grainClass, target, arguments, sentAt)
    {
    }

    internal override Task Answer => _answer.Task;

    protected override void Complete(Task ended)
    {
        if (ended is Task<TResult> result)
        {
            _answer.TrySetFromTask(result);
        }
        else
        {
            _answer.TrySetException(ended.Exception!.InnerExceptions);
        }
    }

    protected override void CompleteWith(Exception failure) => _answer.TrySetException(failure);

    protected override void CompleteWith(CancellationToken cancelled) => _answer.TrySetCanceled(cancelled);
}
