namespace Orleans.Runtime;

/// <summary>The turn that brings an activation up or takes it down.</summary>
internal sealed class LifecycleTurn : Turn
{
    private readonly Func<Task> _step;

    internal LifecycleTurn(Func<Task> step)
    {
        _step = step;
    }

    // The step reports its failures itself, so nobody waits for it.
    internal override void Run() => _ = _step();
}
