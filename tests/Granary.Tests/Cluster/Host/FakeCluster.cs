using System.Collections.Concurrent;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Host.Tests;

/// <summary>A cluster of fakes: what a test puts in is there, and everything else is not.</summary>
internal sealed class FakeCluster : IGrainFactory
{
    private readonly ConcurrentDictionary<(Type Type, string Key), object> _grains = new();

    public FakeCluster()
    {
        Ledger.On(nameof(IClusterLedger.ListDatasetsAsync), arguments => Task.FromResult<IReadOnlyList<string>>([.. Datasets.Values.Where(dataset => dataset.Job == (string?)arguments[0]).Select(dataset => dataset.Id)]));
        Ledger.On(nameof(IClusterLedger.HoldsAsync), _ => Task.FromResult(true));
        Grain<IQueueGrain>(IQueueGrain.Main)
            .On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromResult(new QueueSnapshot([.. Datasets.Values.Select(dataset => new QueuedDataset(dataset.Id, dataset.Job, dataset.Kind, 0, 0))])))
            .On(nameof(IQueueGrain.WaitAsync), _ => Task.FromResult(0L))
            .On(nameof(IQueueGrain.LeaseNextAsync), _ => Task.FromResult<ShardLease?>(null));
    }

    public ConcurrentDictionary<string, JobSnapshot> Jobs { get; } = new();

    public ConcurrentDictionary<string, NodeSnapshot> Nodes { get; } = new();

    public ConcurrentDictionary<string, DatasetSnapshot> Datasets { get; } = new();

    public Fake<IClusterLedger> Ledger { get; } = Fake<IClusterLedger>.Create();

    /// <summary>The calls that changed something, in their order.</summary>
    public ConcurrentQueue<string> Changes { get; } = new();

    public static JobSnapshot Job(string id, string name = "tiny", JobStatus status = JobStatus.Running)
    {
        return new JobSnapshot { Id = id, Name = name, Command = "run", Status = status, Submitter = "someone", Submitted = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero) };
    }

    public static DatasetSnapshot Dataset(string id, string job, params (ShardState State, int Count)[] shards)
    {
        return new DatasetSnapshot { Id = id, Job = job, Kind = DatasetKind.Work, Version = 1, Shards = shards.ToDictionary(part => part.State, part => part.Count) };
    }

    public static NodeDescription Node(string id)
    {
        return new NodeDescription { Id = id, Address = "10.0.0.1", Threads = 2, Drivers = 1, MemoryBytes = 1 << 30, Version = Protocol.ProgramVersion.Current };
    }

    public static ShardLease Lease(string dataset, int index, long epoch = 1)
    {
        return new ShardLease(new ShardKey(dataset, index), "job", DatasetKind.Work, new LeaseToken(1, epoch), TimeSpan.FromSeconds(30), new ShardWork { Arguments = ["corpus"] });
    }

    /// <summary>The fake of a grain, for a test to say what it does.</summary>
    public Fake<TGrain> Grain<TGrain>(string key)
        where TGrain : class, IGrainWithStringKey
    {
        return (Fake<TGrain>)(object)GetGrain<TGrain>(key);
    }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        return (TGrainInterface)_grains.GetOrAdd((typeof(TGrainInterface), primaryKey), key => Create(key.Type, key.Key));
    }

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable
    {
        throw new NotSupportedException();
    }

    private object Create(Type type, string key)
    {
        return type switch
        {
            _ when type == typeof(IDirectoryGrain) => Fake<IDirectoryGrain>.Create().On(nameof(IDirectoryGrain.ListAsync), _ => Task.FromResult<IReadOnlyList<string>>([.. key == IDirectoryGrain.Jobs ? Jobs.Keys : Nodes.Keys])).Face,
            _ when type == typeof(IJobGrain) => Fake<IJobGrain>.Create()
                .On(nameof(IJobGrain.SnapshotAsync), _ => Task.FromResult(Jobs.GetValueOrDefault(key)))
                .On(nameof(IJobGrain.SubmitAsync), arguments => Task.FromResult(Jobs[key] = Job(key, status: JobStatus.Queued) with { Submitter = (string)arguments[1]! }))
                .On(nameof(IJobGrain.CancelAsync), _ => Change($"cancel {key}")).Face,
            _ when type == typeof(INodeGrain) => Fake<INodeGrain>.Create()
                .On(nameof(INodeGrain.SnapshotAsync), _ => Task.FromResult(Nodes.GetValueOrDefault(key)))
                .On(nameof(INodeGrain.RegisterAsync), arguments => Register((NodeDescription)arguments[0]!))
                .On(nameof(INodeGrain.HeartbeatAsync), _ => Task.FromResult(new HeartbeatReply(Nodes.ContainsKey(key), [], false)))
                .On(nameof(INodeGrain.DrainAsync), _ => Change($"drain {key}")).Face,
            _ when type == typeof(IDatasetGrain) => Fake<IDatasetGrain>.Create()
                .On(nameof(IDatasetGrain.SnapshotAsync), _ => Task.FromResult(Datasets.GetValueOrDefault(key)))
                .On(nameof(IDatasetGrain.WaitAsync), _ => Task.FromResult(Datasets.GetValueOrDefault(key)))
                .On(nameof(IDatasetGrain.CreateAsync), _ => Change($"create {key}"))
                .On(nameof(IDatasetGrain.CancelAsync), _ => Change($"cancel {key}"))
                .On(nameof(IDatasetGrain.AddAsync), _ => Task.FromResult(7))
                .On(nameof(IDatasetGrain.ListAsync), _ => Task.FromResult<IReadOnlyList<ShardRow>>([])).Face,
            _ when type == typeof(IShardGrain) => Fake<IShardGrain>.Create()
                .On(nameof(IShardGrain.CommitAsync), _ => Task.FromResult(true))
                .On(nameof(IShardGrain.ReleaseAsync), _ => Task.FromResult(true)).Face,
            _ when type == typeof(IGenerationGrain) => Fake<IGenerationGrain>.Create()
                .On(nameof(IGenerationGrain.SnapshotAsync), _ => Task.FromResult(new GenerationSnapshot { Id = key, Ranks = 0, Members = [] }))
                .On(nameof(IGenerationGrain.JoinAsync), _ => Task.FromResult<GenerationSnapshot?>(null)).Face,
            _ when type == typeof(IMixtureSearchGrain) => Fake<IMixtureSearchGrain>.Create()
                .On(nameof(IMixtureSearchGrain.ReportAsync), _ => Change($"report {key}"))
                .On(nameof(IMixtureSearchGrain.SnapshotAsync), _ => Task.FromResult<MixtureSearchSnapshot?>(null)).Face,
            _ => Fake<IQueueGrain>.Create().Face,
        };
    }

    private Task Register(NodeDescription node)
    {
        Nodes[node.Id] = new NodeSnapshot(node, new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), false, false, []);
        return Task.CompletedTask;
    }

    private Task Change(string what)
    {
        Changes.Enqueue(what);
        return Task.CompletedTask;
    }
}
