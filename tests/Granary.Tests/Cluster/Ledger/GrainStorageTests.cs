using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Granary.Cluster.Ledger.Tests;

[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.Databases))]
public sealed class GrainStorageTests
{
    private static readonly GrainId Grain = GrainId.Create("job", "one");

    private readonly string _name;
    private LedgerStore _store = null!;

    public GrainStorageTests(string name)
    {
        _name = name;
    }

    private IGrainStorage Storage => _store.GrainStorage;

    [SetUp]
    public async Task OpenAsync()
    {
        _store = await LedgerStore.OpenAsync(_name);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }

    [Test]
    public async Task What_was_never_written_reads_as_a_fresh_state()
    {
        var state = await ReadAsync();

        Assert.That((state.State!.Count, state.ETag, state.RecordExists), Is.EqualTo((0, (string?)null, false)));
    }

    [Test]
    public async Task What_is_written_is_read()
    {
        var written = await WriteAsync(1);
        await Storage.WriteStateAsync("other", Grain, new GrainState<Counter>(new Counter { Count = 2 }));
        await Storage.WriteStateAsync("state", GrainId.Create("job", "two"), new GrainState<Counter>(new Counter { Count = 3 }));

        var read = await ReadAsync();

        Assert.That((read.State!.Count, read.State.Kind, read.RecordExists), Is.EqualTo((1, DatasetKind.Driver, true)));
        Assert.That(read.ETag, Is.EqualTo(written.ETag));
    }

    [Test]
    public async Task Each_write_has_an_etag_of_its_own()
    {
        var state = await WriteAsync(1);
        var first = state.ETag;

        await Storage.WriteStateAsync("state", Grain, state);

        Assert.That(state.ETag, Is.Not.EqualTo(first));
    }

    [Test]
    public async Task A_write_behind_another_writer_is_refused_with_both_etags()
    {
        await WriteAsync(1);
        var (first, second) = (await ReadAsync(), await ReadAsync());
        await Storage.WriteStateAsync("state", Grain, first);
        var before = second.ETag;

        var thrown = Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Grain, second));

        Assert.That((thrown.StoredEtag, thrown.CurrentEtag, second.ETag), Is.EqualTo((first.ETag, before, before)));
    }

    [Test]
    public async Task Of_two_first_writes_the_second_is_refused()
    {
        await WriteAsync(1);

        Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(2));
        Assert.That((await ReadAsync()).State!.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_cleared_is_gone()
    {
        var state = await WriteAsync(1);

        await Storage.ClearStateAsync("state", Grain, state);

        Assert.That((state.State!.Count, state.ETag, state.RecordExists), Is.EqualTo((0, (string?)null, false)));
        Assert.That((await ReadAsync()).RecordExists, Is.False);
    }

    [Test]
    public async Task A_clear_behind_another_writer_is_refused()
    {
        var state = await WriteAsync(1);
        await Storage.WriteStateAsync("state", Grain, await ReadAsync());

        Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Grain, state));
        Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Grain, new GrainState<Counter>()));
    }

    [Test]
    public async Task A_record_that_was_cleared_and_written_anew_is_not_taken_for_the_one_before()
    {
        var old = await WriteAsync(1);
        await Storage.ClearStateAsync("state", Grain, await ReadAsync());
        await WriteAsync(2);

        Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Grain, old));
    }

    [Test]
    public async Task Another_coordinator_reads_what_was_written()
    {
        await WriteAsync(5);
        await using var coordinator = _store.OpenAgain();
        await coordinator.Ledger.OpenAsync(default);

        var state = new GrainState<Counter>();
        await coordinator.GrainStorage.ReadStateAsync("state", Grain, state);

        Assert.That(state.State!.Count, Is.EqualTo(5));
    }

    private async Task<GrainState<Counter>> ReadAsync()
    {
        var state = new GrainState<Counter>();
        await Storage.ReadStateAsync("state", Grain, state);
        return state;
    }

    private async Task<GrainState<Counter>> WriteAsync(int count)
    {
        var state = new GrainState<Counter>(new Counter { Count = count, Kind = DatasetKind.Driver });
        await Storage.WriteStateAsync("state", Grain, state);
        return state;
    }

    private sealed class Counter
    {
        public int Count { get; init; }

        public DatasetKind Kind { get; init; }
    }
}
