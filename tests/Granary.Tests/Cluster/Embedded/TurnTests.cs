namespace Granary.Cluster.Embedded.Tests;

public sealed class TurnTests
{
    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task Calls_run_one_after_the_other_in_their_order()
    {
        var grain = _world.Script("one");
        var gate = new TaskCompletionSource();
        var seen = new List<string>();

        var calls = Enumerable.Range(0, 20).Select(number => grain.RunAsync(async _ =>
        {
            seen.Add($"{number} begins");
            await gate.Task;
            seen.Add($"{number} ends");
        })).ToList();
        gate.SetResult();
        await Task.WhenAll(calls);

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 20).SelectMany(number => new[] { $"{number} begins", $"{number} ends" })));
    }

    [Test]
    public async Task Ten_thousand_concurrent_increments_lose_none()
    {
        var grain = _world.Script("one");

        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(_ => Task.Run(() => grain.RunAsync(IncrementAsync))));

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("10000"));
    }

    [Test]
    public async Task Interleaving_turns_of_a_reentrant_grain_never_overlap()
    {
        var grain = _world.Grains.GetGrain<IOpenGrain>("one");
        var (inside, overlaps) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => grain.RunAsync(async () =>
        {
            for (var turn = 0; turn < 20; turn++)
            {
                overlaps += Interlocked.Increment(ref inside) > 1 ? 1 : 0;
                Interlocked.Decrement(ref inside);
                await Task.Yield();
            }
        }))));

        Assert.That(overlaps, Is.Zero);
    }

    [Test]
    public async Task A_call_of_a_reentrant_grain_runs_while_another_waits()
    {
        var grain = _world.Grains.GetGrain<IOpenGrain>("one");
        var gate = new TaskCompletionSource();
        var waiting = grain.RunAsync(() => gate.Task);

        await grain.RunAsync(() => Task.CompletedTask);

        Assert.That(waiting.IsCompleted, Is.False);
        gate.SetResult();
        await waiting;
    }

    [Test]
    public async Task A_method_that_always_interleaves_runs_while_a_call_waits()
    {
        var grain = _world.Script("one");
        var gate = new TaskCompletionSource();
        var waiting = grain.RunAsync(_ => gate.Task);

        await grain.RunBetweenAsync(_ => Task.CompletedTask);

        Assert.That(waiting.IsCompleted, Is.False);
        gate.SetResult();
        await waiting;
    }

    [Test]
    public async Task A_call_does_not_wait_for_one_that_always_interleaves()
    {
        var grain = _world.Script("one");
        var gate = new TaskCompletionSource();
        var waiting = grain.RunBetweenAsync(_ => gate.Task);

        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(waiting.IsCompleted, Is.False);
        gate.SetResult();
        await waiting;
    }

    [Test]
    public async Task What_follows_an_await_runs_on_the_grains_scheduler()
    {
        var grain = _world.Script("one");
        var schedulers = new List<TaskScheduler>();

        await grain.RunAsync(async _ =>
        {
            schedulers.Add(TaskScheduler.Current);
            await Task.Run(() => { });
            schedulers.Add(TaskScheduler.Current);
            await Task.Yield();
            schedulers.Add(TaskScheduler.Current);
        });

        Assert.That(schedulers.Distinct().Count(), Is.EqualTo(1));
        Assert.That(schedulers[0], Is.Not.SameAs(TaskScheduler.Default));
    }

    [Test]
    public async Task A_caller_goes_on_outside_of_the_grain()
    {
        var grain = _world.Script("one");

        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(TaskScheduler.Current, Is.SameAs(TaskScheduler.Default));
    }

    [Test]
    public async Task A_grain_that_calls_another_goes_on_in_its_own_turns()
    {
        var (caller, called) = (_world.Script("caller"), _world.Script("called"));
        var schedulers = new List<TaskScheduler>();

        await caller.RunAsync(async _ =>
        {
            schedulers.Add(TaskScheduler.Current);
            await called.RunAsync(_ => Task.CompletedTask);
            schedulers.Add(TaskScheduler.Current);
        });

        Assert.That(schedulers[1], Is.SameAs(schedulers[0]));
    }

    [Test]
    public async Task Nothing_ambient_of_the_caller_flows_into_the_grain()
    {
        var ambient = new AsyncLocal<string?> { Value = "the caller's" };

        var seen = await _world.Script("one").AskAsync(_ => Task.FromResult(ambient.Value ?? "nothing"));

        Assert.That(seen, Is.EqualTo("nothing"));
        Assert.That(ambient.Value, Is.EqualTo("the caller's"));
    }

    private static async Task IncrementAsync(ScriptGrain grain)
    {
        var read = grain.State.State.Count;
        await Task.Yield();
        grain.State.State.Count = read + 1;
    }
}
