
namespace Granary.Cluster.Embedded.Tests;

public sealed class DeactivationTests
{
    private static readonly TimeSpan CollectionAge = TimeSpan.FromMinutes(15);

    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task A_grain_that_is_activated_again_has_its_state()
    {
        var grain = _world.Script("one");
        await grain.RunAsync(async self =>
        {
            self.State.State.Count = 7;
            await self.State.WriteStateAsync();
            self.EndOnIdle();
        });

        var count = await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}"));

        Assert.That(count, Is.EqualTo("7"));
        Assert.That(_world.Journal.Of("one"), Is.EqualTo(new[] { "constructed", "activated with 0", "deactivated: ApplicationRequested", "disposed", "constructed", "activated with 7" }));
    }

    [Test]
    public async Task Calls_that_come_while_a_grain_ends_go_to_the_next_activation()
    {
        var (ending, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Journal.Deactivating = _ =>
        {
            ending.TrySetResult();
            return mayEnd.Task;
        };
        var grain = _world.Script("one");
        ScriptGrain? before = null;
        ScriptGrain? after = null;
        await grain.RunAsync(self =>
        {
            before = self;
            self.EndOnIdle();
            return Task.CompletedTask;
        });
        await ending.Task;

        var calls = new[] { grain.RunAsync(self => Task.FromResult(after = self)), grain.RunBetweenAsync(_ => Task.CompletedTask) };
        Assert.That(calls.Any(call => call.IsCompleted), Is.False);
        mayEnd.SetResult();
        await Task.WhenAll(calls);

        Assert.That(after, Is.Not.SameAs(before));
    }

    [Test]
    public async Task A_grain_that_is_to_end_lets_running_calls_end_first()
    {
        var grain = _world.Script("one");
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = new[] { grain.RunBetweenAsync(_ => first.Task), grain.RunBetweenAsync(_ => second.Task) };
        var gone = await EndingAsync(grain);

        first.SetResult();
        await running[0];
        Assert.That(_world.Journal.Of("one"), Has.None.StartsWith("deactivated"));
        second.SetResult();
        await gone;

        Assert.That(_world.Journal.Of("one"), Has.Some.StartsWith("deactivated"));
    }

    [Test]
    public async Task A_grain_that_nobody_calls_ends_after_the_collection_age()
    {
        var gone = await UsedAsync(_world.Script("one"));

        _world.Clock.Advance(CollectionAge - TimeSpan.FromSeconds(1));
        var goneBefore = gone.IsCompleted;
        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        await gone;

        Assert.That(goneBefore, Is.False);
        Assert.That(_world.Journal.Of("one"), Does.Contain("deactivated: ActivationIdle"));
    }

    [Test]
    public async Task A_call_begins_the_collection_age_anew()
    {
        var grain = _world.Script("one");
        await UsedAsync(grain);

        _world.Clock.Advance(CollectionAge - TimeSpan.FromSeconds(1));
        var gone = await UsedAsync(grain);
        _world.Clock.Advance(CollectionAge - TimeSpan.FromSeconds(1));

        Assert.That(_world.Journal.Of("one"), Has.Exactly(1).EqualTo("constructed"));
        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        await gone;
    }

    [Test]
    public async Task A_grain_with_a_running_call_is_not_idle()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var running = _world.Script("one").RunAsync(self =>
        {
            begun.SetResult();
            return gate.Task;
        });
        await begun.Task;

        _world.Clock.Advance(CollectionAge * 2);

        Assert.That(_world.Journal.Of("one"), Has.None.StartsWith("deactivated"));
        gate.SetResult();
        Assert.ThrowsAsync<TimeoutException>(() => running);
    }

    [Test]
    public async Task A_delay_keeps_an_idle_grain()
    {
        var grain = _world.Script("one");
        await grain.RunAsync(self =>
        {
            self.Delay(CollectionAge * 2);
            return Task.CompletedTask;
        });
        var gone = await UsedAsync(grain);

        _world.Clock.Advance(CollectionAge * 1.5);
        Assert.That(gone.IsCompleted, Is.False);
        _world.Clock.Advance(CollectionAge);

        await gone;
    }

    [Test]
    public async Task A_grain_that_hangs_at_its_end_is_left_behind()
    {
        var ending = new TaskCompletionSource();
        _world.Journal.Deactivating = _ =>
        {
            ending.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        var grain = _world.Script("one");
        var gone = await EndingAsync(grain);
        await ending.Task;
        await _world.Clock.WhenTimerAsync(TimeSpan.FromSeconds(30));

        _world.Clock.Advance(TimeSpan.FromSeconds(30));
        await gone;

        _world.Journal.Deactivating = _ => Task.CompletedTask;
        await grain.RunAsync(_ => Task.CompletedTask);
    }

    [Test]
    public async Task A_failure_at_the_end_does_not_keep_a_grain()
    {
        _world.Journal.Deactivating = _ => throw new InvalidDataException();
        var grain = _world.Script("one");

        await await EndingAsync(grain);

        await grain.RunAsync(_ => Task.CompletedTask);
    }

    [Test]
    public async Task No_increment_is_lost_and_no_grain_lives_twice_while_activations_come_and_go()
    {
        var alive = 0;
        var most = 0;
        _world.Journal.Activating = _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref alive));
            return Task.CompletedTask;
        };
        _world.Journal.Deactivating = async _ =>
        {
            await Task.Yield();
            Interlocked.Decrement(ref alive);
        };
        var grain = _world.Script("one");

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(number => Task.Run(() => grain.RunAsync(async self =>
        {
            self.State.State.Count++;
            await self.State.WriteStateAsync();
            if (number % 20 == 0)
            {
                self.EndOnIdle();
            }
        }))));

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("2000"));
        Assert.That(most, Is.EqualTo(1));
        Assert.That(_world.Journal.Of("one").Count(what => what == "constructed"), Is.GreaterThan(2));
    }

    private static Task<Task> EndingAsync(IScriptGrain grain)
    {
        return GoneAsync(grain, self => self.EndOnIdle());
    }

    private static Task<Task> UsedAsync(IScriptGrain grain)
    {
        return GoneAsync(grain, _ => { });
    }

    // The task of the activation's end, which is not to be awaited by the way.
    private static async Task<Task> GoneAsync(IScriptGrain grain, Action<ScriptGrain> script)
    {
        var gone = Task.CompletedTask;
        await grain.RunAsync(self =>
        {
            gone = self.GrainContext.Deactivated;
            script(self);
            return Task.CompletedTask;
        });
        return gone;
    }
}
