namespace Granary.Cluster.Embedded.Tests;

public sealed class GrainCallTests
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public void An_exception_keeps_its_type_and_its_stack()
    {
        var thrown = Assert.ThrowsAsync<InvalidDataException>(() => _world.Script("one").RunAsync(async _ =>
        {
            await Task.Yield();
            Break();
        }));

        Assert.That(thrown.Message, Is.EqualTo("broken"));
        Assert.That(thrown.StackTrace, Does.Contain(nameof(Break)));
    }

    [Test]
    public async Task An_exception_goes_through_grains_that_call_one_another()
    {
        var (first, second) = (_world.Script("first"), _world.Script("second"));

        Assert.ThrowsAsync<InvalidDataException>(() => first.AskAsync(async _ => await second.AskAsync(_ =>
        {
            Break();
            return Task.FromResult(string.Empty);
        })));

        await Task.WhenAll(first.RunAsync(_ => Task.CompletedTask), second.RunAsync(_ => Task.CompletedTask));
    }

    [Test]
    public async Task A_method_that_throws_before_it_has_a_task_ends_the_call_alone()
    {
        var grain = _world.Script("one");

        var thrown = Assert.ThrowsAsync<ArgumentException>(grain.ThrowAtOnceAsync);

        Assert.That(thrown.StackTrace, Does.Contain(nameof(ScriptGrain.ThrowAtOnceAsync)));
        await grain.RunAsync(_ => Task.CompletedTask);
    }

    [Test]
    public void A_method_that_returns_no_task_says_so()
    {
        var thrown = Assert.ThrowsAsync<InvalidOperationException>(() => _world.Script("one").RunAsync(_ => null!));

        Assert.That(thrown.Message, Does.Contain("IScriptGrain.RunAsync").And.Contain("Task.CompletedTask"));
    }

    [Test]
    public async Task A_token_reaches_the_grain_and_ends_the_call_at_once()
    {
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var grain = _world.Script("one");
        var call = grain.RunUntilAsync(
            async (_, cancellationToken) =>
            {
                using var registration = cancellationToken.Register(told.SetResult);
                begun.SetResult();
                await told.Task;
            },
            stop.Token);
        await begun.Task;

        await stop.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => call);
        await told.Task;
        await grain.RunAsync(_ => Task.CompletedTask);
    }

    [Test]
    public async Task A_call_that_is_cancelled_while_it_waits_never_runs()
    {
        using var stop = new CancellationTokenSource();
        var (gate, started) = (new TaskCompletionSource(), new TaskCompletionSource());
        var grain = _world.Script("one");
        var running = grain.RunAsync(_ =>
        {
            started.SetResult();
            return gate.Task;
        });
        await started.Task;
        var ran = false;
        var waiting = grain.RunUntilAsync((_, _) => Task.FromResult(ran = true), stop.Token);

        await stop.CancelAsync();
        gate.SetResult();
        await running;
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.CatchAsync<OperationCanceledException>(() => waiting);
        Assert.That(ran, Is.False);
    }

    [Test]
    public async Task A_call_with_a_cancelled_token_never_runs()
    {
        var grain = _world.Script("one");
        var ran = false;

        Assert.CatchAsync<OperationCanceledException>(() => grain.RunUntilAsync((_, _) => Task.FromResult(ran = true), new CancellationToken(canceled: true)));
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(ran, Is.False);
    }

    [Test]
    public async Task Grains_that_wait_for_one_another_in_a_circle_get_a_timeout()
    {
        var (first, second) = (_world.Script("first"), _world.Script("second"));
        var closed = new TaskCompletionSource();
        var circle = first.RunAsync(_ => second.RunAsync(async _ =>
        {
            var back = first.RunAsync(_ => Task.CompletedTask);
            closed.SetResult();
            await back;
        }));
        await closed.Task;

        _world.Clock.Advance(ResponseTimeout - TimeSpan.FromSeconds(1));
        var endedBefore = circle.IsCompleted;
        _world.Clock.Advance(TimeSpan.FromSeconds(1));

        var thrown = Assert.ThrowsAsync<TimeoutException>(() => circle);
        Assert.That(endedBefore, Is.False);
        Assert.That(thrown.Message, Does.Contain("'IScriptGrain.RunAsync' of grain 'script/first'").And.Contain("00:00:30"));
        await Task.WhenAll(first.RunAsync(_ => Task.CompletedTask), second.RunAsync(_ => Task.CompletedTask));
    }

    [Test]
    public async Task A_circle_through_a_method_that_interleaves_ends_well()
    {
        var (first, second) = (_world.Script("first"), _world.Script("second"));

        await first.RunAsync(_ => second.RunAsync(_ => first.RunBetweenAsync(_ => Task.CompletedTask)));

        Assert.That(_world.Journal.Of("first"), Has.Exactly(1).EqualTo("constructed"));
    }

    [Test]
    public async Task A_call_that_nobody_waits_for_any_more_never_runs()
    {
        var (started, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        var grain = _world.Script("one");
        var running = grain.RunAsync(_ =>
        {
            started.SetResult();
            return gate.Task;
        });
        await started.Task;
        var ran = false;
        var waiting = grain.RunAsync(_ => Task.FromResult(ran = true));

        _world.Clock.Advance(ResponseTimeout);
        Assert.ThrowsAsync<TimeoutException>(() => waiting);
        gate.SetResult();
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(ran, Is.False);
        Assert.ThrowsAsync<TimeoutException>(() => running);
    }

    private static void Break() => throw new InvalidDataException("broken");
}
