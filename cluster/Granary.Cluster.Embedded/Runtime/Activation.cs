namespace Orleans.Runtime;

/// <summary>One activation of a grain.</summary>
internal sealed class Activation : IGrainContext
{
    internal static Activation? Constructing => null;

    public GrainId GrainId => default;

    public object? GrainInstance => null;

    public IServiceProvider ActivationServices => throw new NotSupportedException();

    public Task Deactivated => Task.CompletedTask;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    internal void DelayDeactivation(TimeSpan time) => throw new NotSupportedException($"{time}");

    internal IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) => throw new NotSupportedException($"{callback} {options.DueTime}");
}
