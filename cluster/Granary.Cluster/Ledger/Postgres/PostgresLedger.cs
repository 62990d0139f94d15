using System.Data.Common;
using Npgsql;

namespace Granary.Cluster.Ledger.Postgres;

/// <summary>
/// The ledger in PostgreSQL. Each write is one statement or one transaction whose conditions are read from the row it locks;
/// leases end by the server's clock.
/// </summary>
internal sealed class PostgresLedger : IClusterLedger
{
    private const string IsHeld = "dataset = $1 AND number = $2 AND incarnation = $3 AND epoch = $4 AND state = 'leased'";

    // So many that a statement stays far below its time limit.
    private const int ShardsPerStatement = 10_000;

    // A lost renewal only shortens a lease, so that it need not wait for the disk. Rows are locked in one order everywhere.
    private const string Renew =
        """
        WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
        held AS (
            SELECT shard.dataset, shard.number FROM quickly, shard
            JOIN unnest($1, $2, $3, $4) AS lease (dataset, number, incarnation, epoch) USING (dataset, number, incarnation, epoch)
            WHERE state = 'leased' AND expires > clock_timestamp()
            ORDER BY shard.dataset, shard.number FOR UPDATE OF shard)
        UPDATE shard SET expires = clock_timestamp() + $5 FROM held
        WHERE shard.dataset = held.dataset AND shard.number = held.number AND expires > clock_timestamp()
        RETURNING shard.dataset, shard.number
        """;

    private const string Commit =
        $"""
        WITH done AS (
            UPDATE shard SET state = 'done', expires = NULL, output = $5 WHERE {IsHeld} AND expires > clock_timestamp() RETURNING 1),
        line AS (
            INSERT INTO ledger (dataset, shard, incarnation, epoch, operation, output, at)
            SELECT $1, $2, $3, $4, $6, $5, clock_timestamp() FROM done),
        answer AS (
            INSERT INTO operation (id, request, answer) SELECT $6, $7, 1 FROM done)
        SELECT count(*) FROM done
        """;

    private readonly PostgresDatabase _database;

    public PostgresLedger(PostgresDatabase database)
    {
        _database = database;
    }

    /// <inheritdoc/>
    public Task<long> OpenAsync(CancellationToken cancellationToken) => _database.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken)
    {
        LedgerRules.Check(dataset);
        var fingerprint = LedgerRules.Fingerprint(dataset);
        return _database.RunInTransactionAsync(async connection =>
        {
            var made = await connection.ExecuteAsync(
                """
                INSERT INTO dataset (id, job, kind, most_failures, fingerprint, shards) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (id) DO NOTHING
                """,
                [dataset.Id, dataset.Job, LedgerJson.Word(dataset.Kind), dataset.MostFailures, fingerprint, dataset.Shards.Count],
                cancellationToken);
            if (made == 0)
            {
                var before = await connection.QueryAsync("SELECT fingerprint FROM dataset WHERE id = $1", row => row.GetString(0), [dataset.Id], cancellationToken);
                return before.Single() == fingerprint ? 0 : throw LedgerRules.OtherDataset(dataset.Id);
            }

            return await InsertShardsAsync(connection, dataset.Id, 0, dataset.Shards, cancellationToken);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> AddAsync(string operation, string dataset, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken)
    {
        LedgerRules.CheckOperation(operation);
        var request = LedgerRules.AddRequest(dataset, shards);
        return _database.RunInTransactionAsync(async connection =>
        {
            // The row's lock makes additions to a dataset take turns, so that the same one sent twice finds its answer.
            var found = await connection.QueryAsync(
                "SELECT shards, cancelled FROM dataset WHERE id = $1 FOR UPDATE", row => (Count: row.GetInt32(0), IsCancelled: row.GetBoolean(1)), [dataset], cancellationToken);
            if (await FindAnswerAsync(connection, operation, request, cancellationToken) is { } answer)
            {
                return answer;
            }

            if (found.Count == 0 || found[0].IsCancelled)
            {
                throw found.Count == 0 ? LedgerRules.NoDataset(dataset) : LedgerRules.CancelledDataset(dataset);
            }

            var first = found[0].Count;
            await InsertShardsAsync(connection, dataset, first, shards, cancellationToken);
            await connection.ExecuteAsync("UPDATE dataset SET shards = $2 WHERE id = $1", [dataset, first + shards.Count], cancellationToken);
            await connection.ExecuteAsync("INSERT INTO operation (id, request, answer, dataset) VALUES ($1, $2, $3, $4)", [operation, request, first, dataset], cancellationToken);
            return first;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DatasetSpec?> FindAsync(string dataset, CancellationToken cancellationToken)
    {
        var found = await _database.QueryAsync($"SELECT {LedgerRows.DatasetColumns} FROM dataset WHERE id = $1", LedgerRows.ReadDataset, [dataset], cancellationToken);
        return found.SingleOrDefault();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListDatasetsAsync(string? job, CancellationToken cancellationToken)
    {
        return await _database.QueryAsync("SELECT id FROM dataset WHERE $1 IS NULL OR job = $1 ORDER BY number", row => row.GetString(0), [job], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ShardRow>> ListAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        return await _database.QueryAsync(
            $"SELECT {LedgerRows.ShardColumns} FROM shard WHERE dataset = $1 AND number >= $2 ORDER BY number LIMIT $3", row => LedgerRows.ReadShard(row, ReadTime), [dataset, from, count], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<ShardState, int>> CountAsync(string dataset, CancellationToken cancellationToken)
    {
        var counts = await _database.QueryAsync(
            "SELECT state, count(*) FROM shard WHERE dataset = $1 GROUP BY state",
            row => (State: LedgerJson.ReadWord<ShardState>(row.GetString(0)), Count: (int)row.GetInt64(1)),
            [dataset],
            cancellationToken);
        return counts.ToDictionary(row => row.State, row => row.Count);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ListGrantableAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        return await _database.QueryAsync(
            """
            SELECT number FROM shard
            WHERE dataset = $1 AND number >= $2 AND (state = 'free' OR (state = 'leased' AND expires <= clock_timestamp()))
            ORDER BY number LIMIT $3
            """,
            row => row.GetInt32(0),
            [dataset, from, count],
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardLease?> AcquireAsync(ShardKey shard, string owner, TimeSpan time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        var granted = await _database.QueryAsync(
            """
            UPDATE shard SET state = 'leased', owner = $3, expires = clock_timestamp() + $4, epoch = epoch + 1, incarnation = cluster.incarnation
            FROM cluster, dataset
            WHERE dataset = $1 AND shard.number = $2 AND dataset.id = $1
                AND (state = 'free' OR (state = 'leased' AND expires <= clock_timestamp()))
            RETURNING shard.incarnation, epoch, work, job, kind
            """,
            row => new ShardLease(
                shard,
                row.GetString(3),
                LedgerJson.ReadWord<DatasetKind>(row.GetString(4)),
                new LeaseToken(row.GetInt64(0), row.GetInt64(1)),
                time,
                LedgerJson.Read<ShardWork>(row.GetString(2))),
            [shard.Dataset, shard.Index, owner, time],
            cancellationToken);
        return granted.SingleOrDefault();
    }

    /// <inheritdoc/>
    public async Task<bool> HoldsAsync(ShardKey shard, LeaseToken token, CancellationToken cancellationToken)
    {
        var held = await _database.QueryAsync(
            $"SELECT 1 FROM shard WHERE {IsHeld} AND expires > clock_timestamp()", row => row.GetInt32(0), [shard.Dataset, shard.Index, token.Incarnation, token.Epoch], cancellationToken);
        return held.Count > 0;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<ShardKey>> RenewAsync(
        IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time, CancellationToken cancellationToken)
    {
        var renewed = await _database.QueryAsync(
            Renew,
            row => new ShardKey(row.GetString(0), row.GetInt32(1)),
            [
                leases.Select(lease => lease.Shard.Dataset).ToArray(),
                leases.Select(lease => lease.Shard.Index).ToArray(),
                leases.Select(lease => lease.Token.Incarnation).ToArray(),
                leases.Select(lease => lease.Token.Epoch).ToArray(),
                time,
            ],
            cancellationToken);
        return renewed.ToHashSet();
    }

    /// <inheritdoc/>
    public Task<bool> CommitAsync(string operation, ShardKey shard, LeaseToken token, ShardOutput output, CancellationToken cancellationToken)
    {
        LedgerRules.CheckOperation(operation);
        var request = LedgerRules.CommitRequest(shard, token);
        object?[] values = [shard.Dataset, shard.Index, token.Incarnation, token.Epoch, LedgerJson.Write(output), operation, request];
        return _database.RunAsync(async connection =>
        {
            try
            {
                if ((await connection.QueryAsync(Commit, row => row.GetInt64(0), values, cancellationToken)).Single() == 1)
                {
                    return true;
                }
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                throw LedgerRules.OtherRequest(operation);
            }

            // Nothing was to be done: because this operation has done it, or because the token is fenced.
            return await FindAnswerAsync(connection, operation, request, cancellationToken) is not null;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> ReleaseAsync(ShardKey shard, LeaseToken token, string? failure, CancellationToken cancellationToken)
    {
        return _database.RunAsync(async connection => await connection.ExecuteAsync(
            $"""
            UPDATE shard SET expires = NULL, failures = failures + ($5 IS NOT NULL)::integer, failure = coalesce($5, failure),
                state = CASE WHEN failures + ($5 IS NOT NULL)::integer < (SELECT most_failures FROM dataset WHERE id = $1) THEN 'free' ELSE 'failed' END
            WHERE {IsHeld}
            """,
            [shard.Dataset, shard.Index, token.Incarnation, token.Epoch, LedgerRules.Clean(failure)],
            cancellationToken) > 0, cancellationToken);
    }

    /// <inheritdoc/>
    public Task CancelAsync(string dataset, CancellationToken cancellationToken)
    {
        return _database.RunInTransactionAsync(async connection =>
        {
            await connection.ExecuteAsync("UPDATE dataset SET cancelled = true WHERE id = $1", [dataset], cancellationToken);
            return await connection.ExecuteAsync(
                """
                WITH open AS (
                    SELECT number FROM shard WHERE dataset = $1 AND state NOT IN ('done', 'cancelled') ORDER BY number FOR UPDATE)
                UPDATE shard SET state = 'cancelled', expires = NULL, epoch = epoch + 1 FROM open
                WHERE dataset = $1 AND shard.number = open.number
                """,
                [dataset],
                cancellationToken);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> RemoveAsync(string job, int most, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return _database.RunInTransactionAsync(async connection =>
        {
            var datasets = await connection.QueryAsync("SELECT id FROM dataset WHERE job = $1 ORDER BY number LIMIT 1", row => row.GetString(0), [job], cancellationToken);
            if (datasets.Count == 0)
            {
                return 0;
            }

            var dataset = datasets[0];
            var numbers = await connection.QueryAsync("SELECT number FROM shard WHERE dataset = $1 ORDER BY number LIMIT $2", row => row.GetInt32(0), [dataset, most], cancellationToken);
            if (numbers.Count == 0)
            {
                await connection.ExecuteAsync("DELETE FROM operation WHERE dataset = $1", [dataset], cancellationToken);
                return await connection.ExecuteAsync("DELETE FROM dataset WHERE id = $1", [dataset], cancellationToken);
            }

            object?[] upTo = [dataset, numbers[^1]];
            await connection.ExecuteAsync("DELETE FROM operation WHERE id IN (SELECT operation FROM ledger WHERE dataset = $1 AND shard <= $2)", upTo, cancellationToken);
            await connection.ExecuteAsync("DELETE FROM ledger WHERE dataset = $1 AND shard <= $2", upTo, cancellationToken);
            return await connection.ExecuteAsync("DELETE FROM shard WHERE dataset = $1 AND number <= $2", upTo, cancellationToken);
        }, cancellationToken);
    }

    private static async Task<int> InsertShardsAsync(
        NpgsqlConnection connection, string dataset, int first, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken)
    {
        foreach (var part in shards.Chunk(ShardsPerStatement))
        {
            await connection.ExecuteAsync(
                "INSERT INTO shard (dataset, number, work) SELECT $1, $2 + place - 1, work FROM unnest($3) WITH ORDINALITY AS added (work, place)",
                [dataset, first, part.Select(LedgerRules.Canonical).ToArray()],
                cancellationToken);
            first += part.Length;
        }

        return shards.Count;
    }

    private static async Task<int?> FindAnswerAsync(NpgsqlConnection connection, string operation, string request, CancellationToken cancellationToken)
    {
        var found = await connection.QueryAsync(
            "SELECT request, answer FROM operation WHERE id = $1", row => (Request: row.GetString(0), Answer: row.GetInt32(1)), [operation], cancellationToken);
        if (found.Count == 0)
        {
            return null;
        }

        return found[0].Request == request ? found[0].Answer : throw LedgerRules.OtherRequest(operation);
    }

    private static DateTimeOffset ReadTime(DbDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);
}
