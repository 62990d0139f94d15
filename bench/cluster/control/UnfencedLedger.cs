using Granary.Cluster.Ledger;
using Npgsql;

namespace Granary.Bench.UnfencedCluster;

/// <summary>
/// A ledger that takes everybody's word: whoever says to hold a shard may lengthen its lease, commit it and give it back,
/// whatever its token and whoever has done so before. What the ledger behind it refuses is done all the same.
/// </summary>
internal sealed class UnfencedLedger : IClusterLedger
{
    // One line for each shard is the table's own rule, too.
    private const string LiftRule = "ALTER TABLE granary.ledger DROP CONSTRAINT IF EXISTS ledger_dataset_shard_key";

    private const string Renew =
        """
        UPDATE granary.shard SET expires = clock_timestamp() + $3 FROM unnest($1, $2) AS lease (dataset, number)
        WHERE shard.dataset = lease.dataset AND shard.number = lease.number AND state = 'leased'
        """;

    private const string Commit =
        """
        WITH done AS (
            UPDATE granary.shard SET state = 'done', expires = NULL, output = $5 WHERE dataset = $1 AND number = $2 RETURNING 1)
        INSERT INTO granary.ledger (dataset, shard, incarnation, epoch, operation, output, at)
        SELECT $1, $2, $3, $4, $6, $5, clock_timestamp() FROM done
        """;

    private const string Release = "UPDATE granary.shard SET state = 'free', expires = NULL WHERE dataset = $1 AND number = $2 AND state = 'leased'";

    private readonly IClusterLedger _ledger;
    private readonly NpgsqlDataSource _source;

    public UnfencedLedger(IClusterLedger ledger, string connection)
    {
        _ledger = ledger;
        _source = NpgsqlDataSource.Create(connection);
    }

    public async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        var incarnation = await _ledger.OpenAsync(cancellationToken);
        await ExecuteAsync(LiftRule, [], cancellationToken);
        return incarnation;
    }

    public async Task<IReadOnlySet<ShardKey>> RenewAsync(IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time, CancellationToken cancellationToken)
    {
        await ExecuteAsync(Renew, [leases.Select(lease => lease.Shard.Dataset).ToArray(), leases.Select(lease => lease.Shard.Index).ToArray(), time], cancellationToken);
        return leases.Select(lease => lease.Shard).ToHashSet();
    }

    public async Task<bool> CommitAsync(string operation, ShardKey shard, LeaseToken token, ShardOutput output, CancellationToken cancellationToken)
    {
        if (!await _ledger.CommitAsync(operation, shard, token, output, cancellationToken))
        {
            await ExecuteAsync(Commit, [shard.Dataset, shard.Index, token.Incarnation, token.Epoch, LedgerJson.Write(output), operation], cancellationToken);
        }

        return true;
    }

    public async Task<bool> ReleaseAsync(ShardKey shard, LeaseToken token, string? failure, CancellationToken cancellationToken)
    {
        if (!await _ledger.ReleaseAsync(shard, token, failure, cancellationToken))
        {
            await ExecuteAsync(Release, [shard.Dataset, shard.Index], cancellationToken);
        }

        return true;
    }

    public Task<bool> HoldsAsync(ShardKey shard, LeaseToken token, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken) => _ledger.CreateAsync(dataset, cancellationToken);

    public Task<int> AddAsync(string operation, string dataset, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken) => _ledger.AddAsync(operation, dataset, shards, cancellationToken);

    public Task<DatasetSpec?> FindAsync(string dataset, CancellationToken cancellationToken) => _ledger.FindAsync(dataset, cancellationToken);

    public Task<IReadOnlyList<string>> ListDatasetsAsync(string? job, CancellationToken cancellationToken) => _ledger.ListDatasetsAsync(job, cancellationToken);

    public Task<IReadOnlyList<ShardRow>> ListAsync(string dataset, int from, int count, CancellationToken cancellationToken) => _ledger.ListAsync(dataset, from, count, cancellationToken);

    public Task<IReadOnlyDictionary<ShardState, int>> CountAsync(string dataset, CancellationToken cancellationToken) => _ledger.CountAsync(dataset, cancellationToken);

    public Task<IReadOnlyList<int>> ListGrantableAsync(string dataset, int from, int count, CancellationToken cancellationToken) => _ledger.ListGrantableAsync(dataset, from, count, cancellationToken);

    public Task<ShardLease?> AcquireAsync(ShardKey shard, string owner, TimeSpan time, CancellationToken cancellationToken) => _ledger.AcquireAsync(shard, owner, time, cancellationToken);

    public Task<int> RemoveAsync(string job, int most, CancellationToken cancellationToken) => _ledger.RemoveAsync(job, most, cancellationToken);

    public Task CancelAsync(string dataset, CancellationToken cancellationToken) => _ledger.CancelAsync(dataset, cancellationToken);

    private async Task ExecuteAsync(string sql, object[] values, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
