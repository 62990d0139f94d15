using Granary.Cluster.Ledger;
using Granary.Cluster.Ledger.Tests;
using Granary.Core.Configuration;
using Granary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Storage;

namespace Granary.Cluster.Grains.Tests;

/// <summary>The grains in the embedded runtime over the reference ledger. What outlives a coordinator outlives a restart here.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    // Only ends a test that would never end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MemoryGrainStorage _storage = new();
    private ServiceProvider _services = null!;
    private int _operations;

    public static ClusterOptions Options { get; } = new() { Folder = "/shared" };

    public ManualClock Clock { get; } = new();

    public ReferenceLedger Ledger { get; private set; } = null!;

    /// <summary>What goes wrong with the next calls to the ledger, by their method's name.</summary>
    public Func<string, LedgerFault> Faults { get; set; } = _ => LedgerFault.None;

    public IGrainFactory Grains { get; private set; } = null!;

    public IQueueGrain Queue => Grains.GetGrain<IQueueGrain>(IQueueGrain.Main);

    public static async Task<TestCluster> StartAsync()
    {
        var cluster = new TestCluster();
        cluster.Ledger = new ReferenceLedger(cluster.Clock);
        cluster.Ledger.Open();
        await cluster.StartRuntimeAsync();
        return cluster;
    }

    /// <summary>Another coordinator in place of the one that was there.</summary>
    public async Task RestartAsync()
    {
        await StopRuntimeAsync();
        await StartRuntimeAsync();
    }

    public IDatasetGrain Dataset(string id) => Grains.GetGrain<IDatasetGrain>(id);

    public IJobGrain Job(string id) => Grains.GetGrain<IJobGrain>(id);

    public INodeGrain Node(string id) => Grains.GetGrain<INodeGrain>(id);

    public IShardGrain Shard(ShardKey key) => Grains.GetGrain<IShardGrain>(key.ToString());

    public Task CreateAsync(string id, int shards, string job = "j", int priority = 0, int threads = 1, int mostFailures = 3)
    {
        return Dataset(id).CreateAsync(Spec(id, shards, job, threads, mostFailures), priority);
    }

    public static DatasetSpec Spec(string id, int shards, string job = "j", int threads = 1, int mostFailures = 3)
    {
        return new DatasetSpec { Id = id, Job = job, MostFailures = mostFailures, Shards = [.. Enumerable.Range(0, shards).Select(index => Work($"{index}", threads))] };
    }

    public static ShardWork Work(string name, int threads = 1) => new() { Arguments = [name], Threads = threads };

    public Task<ShardLease?> LeaseAsync(string node = "n", int threads = 1, int drivers = 0) => Queue.LeaseNextAsync(new NodeOffer(node, threads, drivers, AcceptsRanks: false));

    /// <summary>A lease as a node that waits gets it.</summary>
    public async Task<ShardLease> LeaseOnceThereIsOneAsync(string node = "n", int threads = 1, int drivers = 0)
    {
        while (true)
        {
            var version = await Queue.WaitAsync(long.MinValue, TimeSpan.Zero);
            if (await LeaseAsync(node, threads, drivers) is { } lease)
            {
                return lease;
            }

            await Queue.WaitAsync(version, TimeSpan.FromSeconds(1)).WaitAsync(Patience);
        }
    }

    public Task<bool> CommitAsync(ShardLease lease) => Shard(lease.Shard).CommitAsync($"op{_operations++}", lease.Token, new ShardOutput($"{lease.Shard}.{lease.Token.Epoch}", "00", 1));

    public Task<bool> FailAsync(ShardLease lease) => Shard(lease.Shard).ReleaseAsync(lease.Token, "it failed");

    /// <summary>The dataset's counts once they are so: the snapshot is waited for, not asked for again and again.</summary>
    public async Task<DatasetSnapshot> WhenAsync(string dataset, Func<DatasetSnapshot, bool> isSo)
    {
        var snapshot = await Dataset(dataset).WaitAsync(long.MinValue, TimeSpan.Zero);
        while (!isSo(snapshot!))
        {
            snapshot = await Dataset(dataset).WaitAsync(snapshot!.Version, TimeSpan.FromSeconds(1)).WaitAsync(Patience);
        }

        return snapshot!;
    }

    public async ValueTask DisposeAsync() => await StopRuntimeAsync();

    private async Task StartRuntimeAsync()
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IGrainStorage>(_storage)
            .AddSingleton(FaultyLedger.Around(Ledger, method => Faults(method)))
            .AddSingleton<IJobFiles, NamedFiles>()
            .AddSingleton<IJobConfigurations, NamedConfigurations>()
            .AddGranaryGrains(Options)
            .AddEmbeddedOrleans(new EmbeddedOrleansOptions { GrainAssemblies = [typeof(ShardLease).Assembly] })
            .BuildServiceProvider();
        Grains = _services.GetRequiredService<IGrainFactory>();
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }
    }

    private async Task StopRuntimeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StopAsync(CancellationToken.None).WaitAsync(Patience);
        }

        await _services.DisposeAsync();
    }

    private sealed class NamedFiles : IJobFiles
    {
        public string WriteConfiguration(string job, string configuration) => $"/shared/jobs/{job}/config.yaml";

        public string RunsOf(string job) => $"/shared/jobs/{job}/runs";
    }

    private sealed class NamedConfigurations : IJobConfigurations
    {
        public JobNeeds Check(string command, string configuration)
        {
            var errors = new ConfigurationErrors();
            errors.Require(configuration.StartsWith("name: ", StringComparison.Ordinal), "name", configuration, "there");
            errors.ThrowIfAny("configuration");
            return new JobNeeds(configuration["name: ".Length..]);
        }
    }
}
