namespace Orleans.Runtime;

/// <summary>A call of a method that returns a task without a result.</summary>
internal sealed class VoidCall : GrainCall
{
    // The caller goes on in a turn of its own, not in the grain's.
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal VoidCall(GrainMethod method, GrainClass grainClass, GrainId target, object?[] arguments, long sentAt)
        : base(method, grainClass, target, arguments, sentAt)
    {
    }

    internal override Task Answer => _answer.Task;

    protected override void Complete(Task ended) => _answer.TrySetFromTask(ended);

    protected override void CompleteWith(Exception failure) => _answer.TrySetException(failure);

    protected override void CompleteWith(CancellationToken cancelled) => _answer.TrySetCanceled(cancelled);
}
