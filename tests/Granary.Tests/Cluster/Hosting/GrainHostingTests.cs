using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Granary.Cluster.Hosting.Tests;

/// <summary>Runs on the runtime that the build was made with: these hold for Orleans too.</summary>
public sealed class GrainHostingTests
{
    private readonly TempFolder _folder = new();
    private IHost _host = null!;

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    [SetUp]
    public async Task StartAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        builder.AddGrainRuntime($"sqlite:{_folder["granary.db"]}");
        builder.Services.AddGranaryGrains(new ClusterOptions { Folder = _folder.Path });
        builder.Services.AddSingleton<IJobConfigurations, AnyConfiguration>();
        _host = builder.Build();
        await _host.Services.GetRequiredService<IClusterLedger>().OpenAsync(CancellationToken.None);
        await _host.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_dataset_of_a_job_is_worked_on_to_its_end()
    {
        await Grains.GetGrain<IJobGrain>("job").SubmitAsync(new JobSubmission { Key = "job", Configuration = "name: any" }, "somebody");
        var dataset = Grains.GetGrain<IDatasetGrain>("job/tokens");
        await dataset.CreateAsync(DatasetOf("job"), priority: 0);
        var queue = Grains.GetGrain<IQueueGrain>(IQueueGrain.Main);

        var commits = new List<bool>();
        while (await queue.LeaseNextAsync(new NodeOffer("node", Threads: 1, Drivers: 0, AcceptsRanks: false)) is { } lease)
        {
            commits.Add(await Grains.GetGrain<IShardGrain>(lease.Shard.ToString()).CommitAsync($"op{commits.Count}", lease.Token, new ShardOutput(null, null, 0)));
        }

        var snapshot = await dataset.SnapshotAsync();
        Assert.That(commits, Is.EqualTo(new[] { true, true, true }));
        Assert.That(snapshot!.Shards[ShardState.Done], Is.EqualTo(3));
    }

    [Test]
    public async Task An_exception_of_ours_keeps_its_type_on_its_way_from_grain_to_grain()
    {
        var dataset = Grains.GetGrain<IDatasetGrain>("job/tokens");
        await dataset.CreateAsync(DatasetOf("job"), priority: 0);

        Assert.ThrowsAsync<LedgerConflictException>(() => dataset.CreateAsync(DatasetOf("another"), priority: 0));
    }

    private static DatasetSpec DatasetOf(string job)
    {
        return new DatasetSpec { Id = "job/tokens", Job = job, Shards = [.. Enumerable.Range(0, 3).Select(number => new ShardWork { Arguments = ["work", $"{number}"] })] };
    }

    private sealed class AnyConfiguration : IJobConfigurations
    {
        public JobNeeds Check(string command, string configuration) => new("any");
    }
}
