using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Granary.Cluster.Embedded.Tests;

public sealed class PersistentStateTests
{
    private readonly MemoryGrainStorage _storage = new();
    private GrainWorld _world = null!;

    [SetUp]
    public void StartRuntime() => _world = new GrainWorld(_storage);

    [TearDown]
    public async Task StopRuntime() => await _world.DisposeAsync();

    [Test]
    public async Task A_grain_without_a_record_has_a_fresh_state()
    {
        var seen = await _world.Script("fresh").AskAsync(self => Task.FromResult($"{self.State.RecordExists} {self.State.Etag} {self.State.State.Count}"));

        Assert.That(seen, Is.EqualTo("False  0"));
    }

    [Test]
    public async Task Two_states_of_a_grain_are_apart()
    {
        var grain = _world.Script("two states");
        await grain.RunAsync(async self =>
        {
            self.State.State.Count = 1;
            self.Other.State.Count = 2;
            await self.State.WriteStateAsync();
            await self.Other.WriteStateAsync();
            self.EndOnIdle();
        });

        var seen = await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count} {self.Other.State.Count}"));

        Assert.That(seen, Is.EqualTo("1 2"));
    }

    [Test]
    public async Task What_is_not_written_is_lost_with_the_activation()
    {
        var grain = _world.Script("unwritten");
        await grain.RunAsync(self =>
        {
            self.State.State = new ScriptState { Count = 5 };
            self.EndOnIdle();
            return Task.CompletedTask;
        });

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("0"));
    }

    [Test]
    public async Task A_conflict_goes_to_the_caller_and_the_next_call_meets_the_others_state()
    {
        var grain = _world.Script("conflict");
        await grain.RunAsync(self => self.State.WriteStateAsync());
        await WriteAsAnotherAsync("conflict", 40);

        var thrown = Assert.ThrowsAsync<InconsistentStateException>(() => grain.RunAsync(IncrementAsync));
        await grain.RunAsync(IncrementAsync);

        Assert.That(thrown.StoredEtag, Is.Not.EqualTo(thrown.CurrentEtag));
        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("41"));
        Assert.That(_world.Journal.Of("conflict"), Does.Contain("deactivated: ApplicationError"));
    }

    [Test]
    public async Task A_conflict_deactivates_the_grain_that_wrote_and_not_its_caller()
    {
        var (caller, writer) = (_world.Script("the caller"), _world.Script("the writer"));
        await writer.RunAsync(self => self.State.WriteStateAsync());
        await WriteAsAnotherAsync("the writer", 1);

        Assert.ThrowsAsync<InconsistentStateException>(() => caller.RunAsync(_ => writer.RunAsync(self => self.State.WriteStateAsync())));
        await caller.RunAsync(_ => Task.CompletedTask);

        Assert.That(_world.Journal.Of("the caller"), Has.None.StartsWith("deactivated"));
    }

    [Test]
    public async Task A_conflict_that_a_grain_handles_lets_it_live()
    {
        var grain = _world.Script("handled");
        await grain.RunAsync(self => self.State.WriteStateAsync());
        await WriteAsAnotherAsync("handled", 3);

        await grain.RunAsync(async self =>
        {
            try
            {
                await self.State.WriteStateAsync();
            }
            catch (InconsistentStateException)
            {
                await self.State.ReadStateAsync();
            }
        });

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("3"));
        Assert.That(_world.Journal.Of("handled"), Has.None.StartsWith("deactivated"));
    }

    [Test]
    public async Task Writes_of_interleaved_calls_do_not_conflict()
    {
        var grain = _world.Script("interleaved");

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => grain.RunBetweenAsync(IncrementAsync)));
        await grain.RunAsync(self => self.State.ReadStateAsync());

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.State.Count}")), Is.EqualTo("100"));
    }

    [Test]
    public async Task A_cleared_record_is_gone_and_can_be_written_anew()
    {
        var grain = _world.Script("cleared");

        var seen = await grain.AskAsync(async self =>
        {
            await self.State.WriteStateAsync();
            await self.State.ClearStateAsync();
            var exists = self.State.RecordExists;
            await self.State.WriteStateAsync();
            return $"{exists} {self.State.RecordExists}";
        });

        Assert.That(seen, Is.EqualTo("False True"));
    }

    [Test]
    public async Task A_storages_failure_is_the_cause_of_what_the_grain_gets()
    {
        await using var world = new GrainWorld(new BrokenStorage());

        var thrown = Assert.ThrowsAsync<OrleansException>(() => world.Script("one").RunAsync(_ => Task.CompletedTask));

        Assert.That(thrown.InnerException, Is.InstanceOf<IOException>());
        Assert.That(thrown.Message, Does.Contain("'script/one'").And.Contain("read").And.Contain("no disk"));
    }

    [Test]
    public async Task A_cancelled_write_is_not_begun()
    {
        var grain = _world.Script("cancelled");

        Assert.ThrowsAsync<OperationCanceledException>(() => grain.RunAsync(self => self.State.WriteStateAsync(new CancellationToken(canceled: true))));

        Assert.That(await grain.AskAsync(self => Task.FromResult($"{self.State.RecordExists}")), Is.EqualTo("False"));
    }

    private static Task IncrementAsync(ScriptGrain grain)
    {
        grain.State.State.Count++;
        return grain.State.WriteStateAsync();
    }

    private async Task WriteAsAnotherAsync(string key, int count)
    {
        var id = GrainId.Create("script", key);
        var record = new GrainState<ScriptState>();
        await _storage.ReadStateAsync("first", id, record);
        record.State = new ScriptState { Count = count };
        await _storage.WriteStateAsync("first", id, record);
    }

    private sealed class BrokenStorage : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new IOException("no disk");

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new IOException("no disk");

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new IOException("no disk");
    }
}
