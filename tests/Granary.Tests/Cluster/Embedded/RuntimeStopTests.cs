using Orleans.Runtime;

namespace Granary.Cluster.Embedded.Tests;

public sealed class RuntimeStopTests
{
    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task A_stop_deactivates_all_grains()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _world.Script($"{number}").RunAsync(_ => Task.CompletedTask)));

        await _world.Runtime.StopAsync(CancellationToken.None);

        Assert.That(Enumerable.Range(0, 50).Select(number => _world.Journal.Of($"{number}").TakeLast(2)), Has.All.EqualTo(new[] { "deactivated: ShuttingDown", "disposed" }));
    }

    [Test]
    public async Task A_stop_lets_running_calls_end_and_refuses_those_that_wait()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var grain = _world.Script("one");
        var running = grain.AskAsync(async _ =>
        {
            begun.SetResult();
            await gate.Task;
            return "the answer";
        });
        var waiting = grain.RunAsync(_ => Task.CompletedTask);
        await begun.Task;

        var stop = _world.Runtime.StopAsync(CancellationToken.None);
        Assert.That(stop.IsCompleted, Is.False);
        gate.SetResult();
        await stop;

        Assert.That(await running, Is.EqualTo("the answer"));
        Assert.ThrowsAsync<SiloUnavailableException>(() => waiting);
    }

    [Test]
    public async Task A_call_after_the_stop_is_refused()
    {
        await _world.Runtime.StopAsync(CancellationToken.None);

        var thrown = Assert.ThrowsAsync<SiloUnavailableException>(() => _world.Script("one").RunAsync(_ => Task.CompletedTask));

        Assert.That(thrown.Message, Does.Contain("'script/one'"));
    }

    [Test]
    public async Task A_stop_waits_no_longer_than_its_token_lets_it()
    {
        using var limit = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var running = _world.Script("one").RunAsync(_ =>
        {
            begun.SetResult();
            return gate.Task;
        });
        await begun.Task;

        var stop = _world.Runtime.StopAsync(limit.Token);
        await limit.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => stop);
        gate.SetResult();
        await running;
    }
}
