namespace Orleans.Runtime;

/// <summary>One tick of a grain's timer.</summary>
internal sealed class TimerTick : Work
{
    private readonly GrainTimer _timer;

    internal TimerTick(GrainTimer timer)
    {
        _timer = timer;
    }

    internal override bool Interleaves => _timer.Interleaves;

    internal override bool KeepsActive => _timer.KeepsActive;

    internal override bool IsAbandoned => _timer.IsStopped;

    internal override void Settle(Task ended) => _timer.EndTick(ended);

    protected override Task Begin(object grain) => _timer.TickAsync();
}
