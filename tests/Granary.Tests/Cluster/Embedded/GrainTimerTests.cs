using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Embedded.Tests;

public sealed class GrainTimerTests
{
    // No whole seconds, so that they are not taken for the runtime's own timer.
    private static readonly TimeSpan DueTime = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(7.25);

    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task A_timer_ticks_when_it_is_due_and_then_a_period_after_each_ticks_end()
    {
        var ticks = new TickCounter();
        await StartAsync(_world.Script("one"), ticks.TickAsync);

        _world.Clock.Advance(DueTime - TimeSpan.FromTicks(1));
        Assert.That(ticks.Count, Is.Zero);
        _world.Clock.Advance(TimeSpan.FromTicks(1));
        await ticks.WhenAsync(1);
        await _world.Clock.WhenTimerAsync(Period);
        _world.Clock.Advance(Period);
        await ticks.WhenAsync(2);

        Assert.That(ticks.Count, Is.EqualTo(2));
    }

    [Test]
    public async Task A_tick_waits_for_the_call_that_runs()
    {
        var ticks = new TickCounter();
        var grain = _world.Script("one");
        await StartAsync(grain, ticks.TickAsync);
        var gate = new TaskCompletionSource();
        var running = grain.RunAsync(_ => gate.Task);

        _world.Clock.Advance(DueTime);
        await grain.RunBetweenAsync(_ => Task.CompletedTask);
        var ticksBefore = ticks.Count;
        gate.SetResult();
        await ticks.WhenAsync(1);

        Assert.That(ticksBefore, Is.Zero);
        await running;
    }

    [Test]
    public async Task A_call_waits_for_the_tick_that_runs()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var grain = _world.Script("one");
        await StartAsync(grain, async _ =>
        {
            begun.SetResult();
            await gate.Task;
        });
        _world.Clock.Advance(DueTime);
        await begun.Task;

        var call = grain.RunAsync(_ => Task.CompletedTask);
        await grain.RunBetweenAsync(_ => Task.CompletedTask);

        Assert.That(call.IsCompleted, Is.False);
        gate.SetResult();
        await call;
    }

    [Test]
    public async Task A_tick_that_interleaves_runs_while_a_call_waits()
    {
        var ticks = new TickCounter();
        var grain = _world.Script("one");
        await StartAsync(grain, ticks.TickAsync, new GrainTimerCreationOptions(DueTime, Period) { Interleave = true });
        var gate = new TaskCompletionSource();
        var running = grain.RunAsync(_ => gate.Task);

        _world.Clock.Advance(DueTime);
        await ticks.WhenAsync(1);

        Assert.That(running.IsCompleted, Is.False);
        gate.SetResult();
        await running;
    }

    [Test]
    public async Task A_failed_tick_does_not_stop_the_timer()
    {
        var ticks = new TickCounter();
        await StartAsync(_world.Script("one"), cancellationToken => ticks.TickAsync(cancellationToken).ContinueWith(_ => throw new InvalidDataException(), cancellationToken, TaskContinuationOptions.None, TaskScheduler.Default));

        _world.Clock.Advance(DueTime);
        await _world.Clock.WhenTimerAsync(Period);
        _world.Clock.Advance(Period);
        await ticks.WhenAsync(2);

        Assert.That(ticks.Count, Is.EqualTo(2));
    }

    [Test]
    public async Task A_timer_without_a_period_ticks_once()
    {
        var ticks = new TickCounter();
        var grain = _world.Script("one");
        await StartAsync(grain, ticks.TickAsync, new GrainTimerCreationOptions(DueTime, Timeout.InfiniteTimeSpan));

        _world.Clock.Advance(DueTime);
        await ticks.WhenAsync(1);
        await grain.RunAsync(_ => Task.CompletedTask);
        _world.Clock.Advance(DueTime * 10);
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(ticks.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task A_change_within_a_tick_counts_from_its_end()
    {
        var ticks = new TickCounter();
        IGrainTimer? timer = null;
        timer = await StartAsync(_world.Script("one"), cancellationToken =>
        {
            timer!.Change(Period * 3, Period);
            return ticks.TickAsync(cancellationToken);
        });

        _world.Clock.Advance(DueTime);
        await _world.Clock.WhenTimerAsync(Period * 3);
        _world.Clock.Advance(Period * 3 - TimeSpan.FromTicks(1));
        var ticksBefore = ticks.Count;
        _world.Clock.Advance(TimeSpan.FromTicks(1));
        await ticks.WhenAsync(2);

        Assert.That(ticksBefore, Is.EqualTo(1));
    }

    [Test]
    public async Task A_disposed_timer_ticks_no_more_and_its_token_is_cancelled()
    {
        var token = CancellationToken.None;
        var begun = new TaskCompletionSource();
        var grain = _world.Script("one");
        var timer = await StartAsync(grain, cancellationToken =>
        {
            token = cancellationToken;
            begun.SetResult(); // a second tick would throw here
            return Task.CompletedTask;
        });
        _world.Clock.Advance(DueTime);
        await begun.Task;

        timer.Dispose();
        _world.Clock.Advance(Period * 10);
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(token.IsCancellationRequested, Is.True);
    }

    [TestCase(false, true, Description = "ticks do not count as use")]
    [TestCase(true, false, Description = "ticks with KeepAlive do")]
    public async Task Ticks_keep_a_grain_only_where_they_are_to(bool keepAlive, bool ends)
    {
        var ticks = new TickCounter();
        var period = TimeSpan.FromMinutes(10.01);
        var grain = _world.Script("one");
        await StartAsync(grain, ticks.TickAsync, new GrainTimerCreationOptions(period, period) { KeepAlive = keepAlive });
        var gone = Task.CompletedTask;
        await grain.RunAsync(self => Task.FromResult(gone = self.GrainContext.Deactivated));

        _world.Clock.Advance(period);
        await ticks.WhenAsync(1);
        await _world.Clock.WhenTimerAsync(period);
        _world.Clock.Advance(TimeSpan.FromMinutes(6));

        if (ends)
        {
            await gone;
        }

        Assert.That(gone.IsCompleted, Is.EqualTo(ends));
    }

    [Test]
    public async Task A_timer_ends_with_its_activation()
    {
        var ticks = new TickCounter();
        var gone = Task.CompletedTask;
        var grain = _world.Script("one");
        await StartAsync(grain, ticks.TickAsync);
        await grain.RunAsync(self =>
        {
            gone = self.GrainContext.Deactivated;
            self.EndOnIdle();
            return Task.CompletedTask;
        });
        await gone;

        _world.Clock.Advance(DueTime);
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(ticks.Count, Is.Zero);
    }

    private static Task<IGrainTimer> StartAsync(IScriptGrain grain, Func<CancellationToken, Task> tick)
    {
        return StartAsync(grain, tick, new GrainTimerCreationOptions(DueTime, Period));
    }

    private static async Task<IGrainTimer> StartAsync(IScriptGrain grain, Func<CancellationToken, Task> tick, GrainTimerCreationOptions options)
    {
        IGrainTimer? timer = null;
        await grain.RunAsync(self => Task.FromResult(timer = self.RegisterGrainTimer(tick, options)));
        return timer!;
    }

    private sealed class TickCounter
    {
        private readonly Lock _lock = new(); // guards both
        private readonly List<(int Count, TaskCompletionSource Met)> _awaited = [];
        private int _count;

        internal int Count
        {
            get
            {
                lock (_lock)
                {
                    return _count;
                }
            }
        }

        internal Task TickAsync(CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                _count++;
                _awaited.FindAll(awaited => awaited.Count <= _count).ForEach(awaited => awaited.Met.TrySetResult());
            }

            return Task.CompletedTask;
        }

        internal Task WhenAsync(int count)
        {
            lock (_lock)
            {
                var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _awaited.Add((count, met));
                if (_count >= count)
                {
                    met.SetResult();
                }

                return met.Task;
            }
        }
    }
}
