using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Jobs;

namespace Granary.Cli.Cluster;

/// <summary>
/// Hands jobs to a coordinator as shards of one dataset, and waits for what its workers make of them. A process that is started
/// again hands the same jobs in under the same operations, and finds what has come of them meanwhile.
/// </summary>
internal sealed class ClusterLauncher : IJobLauncher, IDisposable
{
    // What waits with the coordinator keeps its workers busy while this process is not there to add more.
    private const int MostUnderWay = 1024;

    private const int WorkPerRequest = 1000;

    private readonly CoordinatorClient _client;
    private readonly string _job;
    private readonly string _dataset;
    private readonly ShardWatch _watch;
    private readonly Lazy<Task> _creating;
    private readonly SemaphoreSlim _free = new(MostUnderWay);

    // How often each job was handed in. Guarded by itself.
    private readonly Dictionary<string, int> _attempts = [];

    public ClusterLauncher(CoordinatorClient client, string job, string dataset)
    {
        (_client, _job, _dataset) = (client, job, dataset);
        _watch = new ShardWatch(client, dataset);
        _creating = new Lazy<Task>(() => _client.CreateAsync(new DatasetSpec { Id = _dataset, Job = _job, Shards = [] }, CancellationToken.None));
    }

    /// <inheritdoc/>
    public int Places => MostUnderWay;

    /// <inheritdoc/>
    public async Task<JobOutcome> RunAsync(JobSpec job, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            job.Begun?.Invoke();
            var work = new ShardWork { Arguments = job.Arguments, Threads = job.Threads, Environment = job.Environment };
            var row = await WhenOverAsync((await AddAsync([(job.Id, work)], cancellationToken))[0], cancellationToken);
            return row.State == ShardState.Done ? new JobOutcome(0, string.Empty) : new JobOutcome(1, row.Failure ?? "It was cancelled.");
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Hands work in, and gives its shards' indices in the same order. Work of one id is the same work, each time it is handed in another shard.</summary>
    public async Task<IReadOnlyList<int>> AddAsync(IReadOnlyList<(string Id, ShardWork Work)> work, CancellationToken cancellationToken)
    {
        await _creating.Value.WaitAsync(cancellationToken);
        var shards = new List<int>();
        foreach (var some in work.Chunk(WorkPerRequest))
        {
            var operation = OperationId.Of(["add", _dataset, .. some.Select(part => $"{part.Id} {AttemptOf(part.Id)}")]);
            var first = await _client.AddAsync(new AddRequest(operation, _dataset, [.. some.Select(part => part.Work)]), cancellationToken);
            shards.AddRange(Enumerable.Range(first, some.Length));
        }

        return shards;
    }

    /// <summary>A shard's row once it is over: done with what was committed, failed or cancelled.</summary>
    public Task<ShardRow> WhenOverAsync(int shard, CancellationToken cancellationToken)
    {
        return _watch.WhenOverAsync(shard, cancellationToken);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _free.Dispose();
    }

    private int AttemptOf(string id)
    {
        lock (_attempts)
        {
            return _attempts[id] = _attempts.GetValueOrDefault(id) + 1;
        }
    }
}
