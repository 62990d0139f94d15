namespace Granary.Cluster.Ledger.Tests;

/// <summary>A ledger of each store, and the reference that they are compared with, with a dataset of three shards in it.</summary>
public abstract class LedgerFixture
{
    private readonly string _name;

    protected LedgerFixture(string name)
    {
        _name = name;
    }

    private protected static TimeSpan Lease { get; } = TimeSpan.FromMinutes(15);

    private protected static ShardKey First { get; } = new("job/tokens", 0);

    private protected static ShardOutput Output { get; } = new("/data/part.0.1", new string('a', 64), 7);

    private protected LedgerStore Store { get; private set; } = null!;

    private protected IClusterLedger Ledger => Store.Ledger;

    [SetUp]
    public async Task OpenAsync()
    {
        Store = await LedgerStore.OpenAsync(_name);
        await Ledger.CreateAsync(Dataset(), default);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }
    }

    private protected static DatasetSpec Dataset()
    {
        return new DatasetSpec { Id = First.Dataset, Job = "job", Shards = [Work("0"), Work("1"), Work("2")], MostFailures = 2 };
    }

    private protected static ShardWork Work(string name)
    {
        return new ShardWork
        {
            Arguments = ["tokenize", "--output", ShardWork.OutputPlaceholder, name],
            Output = $"/data/{name}",
            Threads = 2,
            Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "\"ü\"" },
        };
    }

    private protected async Task<ShardLease> AcquireAsync() => (await Ledger.AcquireAsync(First, "node", Lease, default))!;

    private protected async Task<ShardRow> RowAsync() => (await Ledger.ListAsync(First.Dataset, 0, 1, default))[0];

    private protected async Task<(ShardLease Older, ShardLease Newer)> AcquireTwiceAsync()
    {
        var older = await AcquireAsync();
        await Store.AdvanceAsync(Lease);
        return (older, (await Ledger.AcquireAsync(First, "other", Lease, default))!);
    }
}
