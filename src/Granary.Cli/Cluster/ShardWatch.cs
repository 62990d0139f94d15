using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cli.Cluster;

/// <summary>Waits for shards of one dataset for all who wait for one: asks where the dataset stands, and reads rows when it has changed.</summary>
internal sealed class ShardWatch : IAsyncDisposable
{
    private const int RowsPerRequest = 1000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private readonly CoordinatorClient _client;
    private readonly string _dataset;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new(); // guards the two below
    private readonly SortedDictionary<int, TaskCompletionSource<ShardRow>> _awaited = [];
    private Task? _watching;

    public ShardWatch(CoordinatorClient client, string dataset)
    {
        (_client, _dataset) = (client, dataset);
    }

    /// <summary>A shard's row once nobody works on it any more, nor will.</summary>
    public Task<ShardRow> WhenOverAsync(int shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_awaited.TryGetValue(shard, out var awaited))
            {
                _awaited[shard] = awaited = new TaskCompletionSource<ShardRow>(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _watching = _watching is null or { IsCompleted: true } ? Task.Run(WatchAsync, CancellationToken.None) : _watching;
            return awaited.Task.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await (_watching ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            // Of no version: the first answer comes at once.
            var version = long.MinValue;
            while (NextAwaited(from: 0) is not null)
            {
                await ReadRowsAsync();
                version = (await _client.WaitAsync(_dataset, version, LongestWait, _end.Token)).Version;
            }
        }
        catch (Exception exception)
        {
            // Not hidden: whoever waits is told.
            Fail(exception);
        }
    }

    private async Task ReadRowsAsync()
    {
        for (var from = NextAwaited(0); from is { } first; from = NextAwaited(first + RowsPerRequest))
        {
            var rows = await _client.ListShardsAsync(_dataset, first, RowsPerRequest, _end.Token);
            foreach (var row in rows.Where(row => row.State is ShardState.Done or ShardState.Failed or ShardState.Cancelled))
            {
                Take(row);
            }
        }
    }

    private int? NextAwaited(int from)
    {
        lock (_lock)
        {
            return _awaited.Keys.Where(shard => shard >= from).Select(shard => (int?)shard).FirstOrDefault();
        }
    }

    private void Take(ShardRow row)
    {
        lock (_lock)
        {
            if (_awaited.Remove(row.Key.Index, out var awaited))
            {
                awaited.TrySetResult(row);
            }
        }
    }

    private void Fail(Exception exception)
    {
        lock (_lock)
        {
            foreach (var awaited in _awaited.Values)
            {
                awaited.TrySetException(exception);
            }

            _awaited.Clear();
        }
    }
}
