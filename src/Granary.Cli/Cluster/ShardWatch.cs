using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cli.Cluster;

/// <summary>Waits for shards of one dataset for all who wait for one: asks where the dataset stands, and reads rows when it has changed.</summary>
internal sealed class ShardWatch : IDisposable
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
    public async Task<ShardRow> WhenOverAsync(int shard, CancellationToken cancellationToken)
    {
        var over = Await(shard);

        // It may be over since before anybody waited for it, and then nothing changes any more. Whoever watches may see it first.
        var looking = LookAsync(shard, cancellationToken);
        if (await Task.WhenAny(over, looking) == looking)
        {
            await looking;
        }

        return await over.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _end.Cancel();
    }

    private static bool IsOver(ShardRow row)
    {
        return row.State is ShardState.Done or ShardState.Failed or ShardState.Cancelled;
    }

    private Task<ShardRow> Await(int shard)
    {
        lock (_lock)
        {
            if (!_awaited.TryGetValue(shard, out var awaited))
            {
                _awaited[shard] = awaited = new TaskCompletionSource<ShardRow>(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _watching ??= Task.Run(WatchAsync, CancellationToken.None);
            return awaited.Task;
        }
    }

    private async Task LookAsync(int shard, CancellationToken cancellationToken)
    {
        (await _client.ListShardsAsync(_dataset, shard, 1, cancellationToken)).Where(IsOver).ToList().ForEach(Take);
    }

    private async Task WatchAsync()
    {
        try
        {
            // Of no version: the first answer comes at once.
            var version = long.MinValue;
            while (!HasEnded())
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
            rows.Where(IsOver).ToList().ForEach(Take);
        }
    }

    private bool HasEnded()
    {
        lock (_lock)
        {
            _watching = _awaited.Count == 0 ? null : _watching;
            return _watching is null;
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
            _watching = null;
        }
    }
}
