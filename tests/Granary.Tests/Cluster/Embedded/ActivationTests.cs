using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Embedded.Tests;

public sealed class ActivationTests
{
    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld();

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task A_storm_of_first_calls_makes_one_activation_of_each_grain()
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var instances = new ConcurrentDictionary<(string, ScriptGrain), bool>();

        var calls = Enumerable.Range(0, 6_400).Select(async number =>
        {
            await start.Task;
            await _world.Script($"{number % 100}").RunAsync(self =>
            {
                instances.TryAdd(($"{number % 100}", self), true);
                return Task.CompletedTask;
            });
        }).ToList();
        start.SetResult();
        await Task.WhenAll(calls);

        Assert.That(instances, Has.Count.EqualTo(100));
        Assert.That(Enumerable.Range(0, 100).Select(key => _world.Journal.Of($"{key}").Count(what => what == "constructed")), Has.All.EqualTo(1));
    }

    [Test]
    public async Task A_grain_knows_its_key_and_its_id()
    {
        var grain = _world.Script("key/with #signs");

        Assert.That(await grain.AskAsync(self => Task.FromResult(self.GetPrimaryKeyString())), Is.EqualTo("key/with #signs"));
        Assert.That(await grain.AskAsync(self => Task.FromResult(self.GetGrainId().ToString())), Is.EqualTo("script/key/with #signs"));
        Assert.That(grain.GetGrainId(), Is.EqualTo(GrainId.Create("script", "key/with #signs")));
    }

    [Test]
    public async Task Calls_wait_until_the_grain_is_activated()
    {
        var gate = new TaskCompletionSource();
        _world.Journal.Activating = _ => gate.Task;
        var ran = false;

        var calls = new[] { _world.Script("one").RunAsync(RanAsync), _world.Script("one").RunBetweenAsync(RanAsync) };
        var ranBefore = ran;
        gate.SetResult();
        await Task.WhenAll(calls);

        Assert.That((ranBefore, ran), Is.EqualTo((false, true)));

        Task RanAsync(ScriptGrain grain)
        {
            ran = true;
            return Task.CompletedTask;
        }
    }

    [Test]
    public async Task A_failed_activation_ends_the_calls_that_wait_and_the_next_call_tries_again()
    {
        var attempts = 0;
        _world.Journal.Activating = _ => attempts++ == 0 ? throw new InvalidDataException("no luck") : Task.CompletedTask;
        var grain = _world.Script("one");

        Assert.ThrowsAsync<InvalidDataException>(() => grain.RunAsync(_ => Task.CompletedTask));
        await grain.RunAsync(_ => Task.CompletedTask);

        Assert.That(_world.Journal.Of("one"), Is.EqualTo(new[] { "constructed", "activated with 0", "disposed", "constructed", "activated with 0" }));
    }

    [Test]
    public async Task Scoped_services_live_as_long_as_the_activation()
    {
        var grain = _world.Script("one");
        GrainWorld.ScopedService? first = null;
        GrainWorld.ScopedService? second = null;

        await grain.RunAsync(self => Task.FromResult(first = self.Services.GetRequiredService<GrainWorld.ScopedService>()));
        await grain.RunAsync(self => Task.FromResult(second = self.Services.GetRequiredService<GrainWorld.ScopedService>()));
        Assert.That(second, Is.SameAs(first));
        await EndAsync(grain);

        Assert.That(first!.IsDisposed, Is.True);
    }

    [Test]
    public void An_interface_without_a_class_is_refused_by_name()
    {
        var thrown = Assert.Throws<ArgumentException>(() => _world.Grains.GetGrain<IGrainWithStringKey>("one", "Nothing.Begins.So"));

        Assert.That(thrown.Message, Does.Contain("Orleans.IGrainWithStringKey").And.Contain("Nothing.Begins.So"));
    }

    [Test]
    public void The_prefix_chooses_among_classes()
    {
        var grain = _world.Grains.GetGrain<IGrainWithStringKey>("one", typeof(OpenGrain).FullName);

        Assert.That(grain.GetGrainId(), Is.EqualTo(GrainId.Create("open", "one")));
    }

    [Test]
    public void A_grain_is_not_made_by_hand()
    {
        Assert.Throws<InvalidOperationException>(() => _ = new OpenGrain());
    }

    [TestCase("")]
    [TestCase(" ")]
    public void A_key_is_not_blank(string key)
    {
        Assert.Throws<ArgumentException>(() => _world.Script(key));
    }

    private static async Task EndAsync(IScriptGrain grain)
    {
        var gone = Task.CompletedTask;
        await grain.RunAsync(self =>
        {
            gone = self.GrainContext.Deactivated;
            self.EndOnIdle();
            return Task.CompletedTask;
        });
        await gone;
    }
}
