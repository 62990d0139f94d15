using Microsoft.Data.Sqlite;

namespace Granary.Cluster.Ledger.Sqlite;

/// <summary>The ledger in a SQLite file, for a coordinator on one machine. Leases end by the clock handed in.</summary>
internal sealed class SqliteLedger : IClusterLedger
{
    private const string IsHeld = "dataset = $1 AND number = $2 AND incarnation = $3 AND epoch = $4 AND state = 'leased'";

    private readonly SqliteDatabase _database;
    private readonly SqliteWitness _witness;
    private readonly TimeProvider _clock;

    public SqliteLedger(SqliteDatabase database, TimeProvider clock)
    {
        _database = database;
        _witness = new SqliteWitness(database.File);
        _clock = clock;
    }

    private long Now => _clock.GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        var (incarnation, identity, grants) = await _database.RunAsync(session =>
        {
            SqliteSchema.Migrate(session);
            var found = ReadCluster(session);
            if (found.Count > 0 && _witness.Confirms(found[0].Identity, found[0].Grants))
            {
                return found[0];
            }

            // A fresh identity makes the witness doubt again where this process ends before it has noted it.
            session.Execute(
                """
                INSERT INTO cluster (id, incarnation, identity, grants) VALUES (1, $1, $2, 0)
                ON CONFLICT (id) DO UPDATE SET incarnation = excluded.incarnation, identity = excluded.identity
                """,
                LedgerRules.NextIncarnation(found.Select(cluster => cluster.Incarnation).SingleOrDefault(), _clock.GetUtcNow()),
                Guid.NewGuid().ToString());
            session.Execute("UPDATE shard SET state = 'free', expires = NULL WHERE state = 'leased'");
            return ReadCluster(session)[0];
        }, cancellationToken);
        _witness.Note(identity, grants);
        return incarnation;
    }

    /// <inheritdoc/>
    public Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken)
    {
        LedgerRules.Check(dataset);
        var fingerprint = LedgerRules.Fingerprint(dataset);
        return _database.RunAsync(session =>
        {
            var made = session.Execute(
                """
                INSERT INTO dataset (id, job, kind, most_failures, fingerprint, shards) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (id) DO NOTHING
                """,
                dataset.Id, dataset.Job, LedgerJson.Word(dataset.Kind), dataset.MostFailures, fingerprint, dataset.Shards.Count);
            if (made == 0)
            {
                var before = session.Query("SELECT fingerprint FROM dataset WHERE id = $1", row => row.GetString(0), dataset.Id).Single();
                return before == fingerprint ? 0 : throw LedgerRules.OtherDataset(dataset.Id);
            }

            return InsertShards(session, dataset.Id, 0, dataset.Shards);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> AddAsync(string operation, string dataset, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken)
    {
        LedgerRules.CheckOperation(operation);
        var request = LedgerRules.AddRequest(dataset, shards);
        return _database.RunAsync(session =>
        {
            if (FindAnswer(session, operation, request) is { } answer)
            {
                return answer;
            }

            var found = session.Query("SELECT shards, cancelled FROM dataset WHERE id = $1", row => (Count: row.GetInt32(0), IsCancelled: row.GetBoolean(1)), dataset);
            if (found.Count == 0 || found[0].IsCancelled)
            {
                throw found.Count == 0 ? LedgerRules.NoDataset(dataset) : LedgerRules.CancelledDataset(dataset);
            }

            var first = found[0].Count;
            InsertShards(session, dataset, first, shards);
            session.Execute("UPDATE dataset SET shards = $2 WHERE id = $1", dataset, first + shards.Count);
            session.Execute("INSERT INTO operation (id, request, answer, dataset) VALUES ($1, $2, $3, $4)", operation, request, first, dataset);
            return first;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<DatasetSpec?> FindAsync(string dataset, CancellationToken cancellationToken)
    {
        return _database.RunAsync(
            session => session.Query($"SELECT {LedgerRows.DatasetColumns} FROM dataset WHERE id = $1", LedgerRows.ReadDataset, dataset).SingleOrDefault(),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListDatasetsAsync(string? job, CancellationToken cancellationToken)
    {
        return await _database.RunAsync(
            session => session.Query("SELECT id FROM dataset WHERE $1 IS NULL OR job = $1 ORDER BY number", row => row.GetString(0), job),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ShardRow>> ListAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        return await _database.RunAsync(
            session => session.Query(
                $"SELECT {LedgerRows.ShardColumns} FROM shard WHERE dataset = $1 AND number >= $2 ORDER BY number LIMIT $3", row => LedgerRows.ReadShard(row, ReadTime), dataset, from, count),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<ShardState, int>> CountAsync(string dataset, CancellationToken cancellationToken)
    {
        return await _database.RunAsync(
            session => session
                .Query("SELECT state, count(*) FROM shard WHERE dataset = $1 GROUP BY state", row => (State: LedgerJson.ReadWord<ShardState>(row.GetString(0)), Count: row.GetInt32(1)), dataset)
                .ToDictionary(row => row.State, row => row.Count),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ListGrantableAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        return await _database.RunAsync(
            session => session.Query(
                """
                SELECT number FROM shard
                WHERE dataset = $1 AND number >= $2 AND (state = 'free' OR (state = 'leased' AND expires <= $4))
                ORDER BY number LIMIT $3
                """,
                row => row.GetInt32(0), dataset, from, count, Now),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardLease?> AcquireAsync(ShardKey shard, string owner, TimeSpan time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        var (lease, identity, grants) = await _database.RunAsync(session => Grant(session, shard, owner, time), cancellationToken);
        if (lease is not null)
        {
            _witness.Note(identity, grants);
        }

        return lease;
    }

    /// <inheritdoc/>
    public Task<bool> HoldsAsync(ShardKey shard, LeaseToken token, CancellationToken cancellationToken)
    {
        return _database.RunAsync(
            session => session.Query($"SELECT 1 FROM shard WHERE {IsHeld} AND expires > $5", row => row.GetInt32(0), shard.Dataset, shard.Index, token.Incarnation, token.Epoch, Now).Count > 0,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<ShardKey>> RenewAsync(
        IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time, CancellationToken cancellationToken)
    {
        return await _database.RunAsync(session =>
        {
            var now = Now;
            return leases
                .Where(lease => session.Execute(
                    $"UPDATE shard SET expires = $5 WHERE {IsHeld} AND expires > $6",
                    lease.Shard.Dataset, lease.Shard.Index, lease.Token.Incarnation, lease.Token.Epoch, now + time.Ticks, now) > 0)
                .Select(lease => lease.Shard)
                .ToHashSet();
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CommitAsync(string operation, ShardKey shard, LeaseToken token, ShardOutput output, CancellationToken cancellationToken)
    {
        LedgerRules.CheckOperation(operation);
        var request = LedgerRules.CommitRequest(shard, token);
        var made = LedgerJson.Write(output);
        return _database.RunAsync(session =>
        {
            if (FindAnswer(session, operation, request) is not null)
            {
                return true;
            }

            var now = Now;
            var done = session.Execute(
                $"UPDATE shard SET state = 'done', expires = NULL, output = $5 WHERE {IsHeld} AND expires > $6",
                shard.Dataset, shard.Index, token.Incarnation, token.Epoch, made, now);
            if (done == 0)
            {
                return false;
            }

            session.Execute(
                "INSERT INTO ledger (dataset, shard, incarnation, epoch, operation, output, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                shard.Dataset, shard.Index, token.Incarnation, token.Epoch, operation, made, now);
            session.Execute("INSERT INTO operation (id, request, answer) VALUES ($1, $2, 1)", operation, request);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> ReleaseAsync(ShardKey shard, LeaseToken token, string? failure, CancellationToken cancellationToken)
    {
        return _database.RunAsync(
            session => session.Execute(
                $"""
                UPDATE shard SET expires = NULL, failures = failures + ($5 IS NOT NULL), failure = coalesce($5, failure),
                    state = CASE WHEN failures + ($5 IS NOT NULL) < (SELECT most_failures FROM dataset WHERE id = $1) THEN 'free' ELSE 'failed' END
                WHERE {IsHeld}
                """,
                shard.Dataset, shard.Index, token.Incarnation, token.Epoch, LedgerRules.Clean(failure)) > 0,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task CancelAsync(string dataset, CancellationToken cancellationToken)
    {
        return _database.RunAsync(session =>
        {
            session.Execute("UPDATE dataset SET cancelled = 1 WHERE id = $1", dataset);
            return session.Execute(
                "UPDATE shard SET state = 'cancelled', expires = NULL, epoch = epoch + 1 WHERE dataset = $1 AND state NOT IN ('done', 'cancelled')", dataset);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> RemoveAsync(string job, int most, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return _database.RunAsync(session =>
        {
            var datasets = session.Query("SELECT id FROM dataset WHERE job = $1 ORDER BY number LIMIT 1", row => row.GetString(0), job);
            if (datasets.Count == 0)
            {
                return 0;
            }

            var dataset = datasets[0];
            var numbers = session.Query("SELECT number FROM shard WHERE dataset = $1 ORDER BY number LIMIT $2", row => row.GetInt32(0), dataset, most);
            if (numbers.Count == 0)
            {
                session.Execute("DELETE FROM operation WHERE dataset = $1", dataset);
                return session.Execute("DELETE FROM dataset WHERE id = $1", dataset);
            }

            session.Execute("DELETE FROM operation WHERE id IN (SELECT operation FROM ledger WHERE dataset = $1 AND shard <= $2)", dataset, numbers[^1]);
            session.Execute("DELETE FROM ledger WHERE dataset = $1 AND shard <= $2", dataset, numbers[^1]);
            return session.Execute("DELETE FROM shard WHERE dataset = $1 AND number <= $2", dataset, numbers[^1]);
        }, cancellationToken);
    }

    private static List<(long Incarnation, Guid Identity, long Grants)> ReadCluster(SqliteSession session)
    {
        return session.Query("SELECT incarnation, identity, grants FROM cluster", row => (row.GetInt64(0), Guid.Parse(row.GetString(1)), row.GetInt64(2)));
    }

    private static int InsertShards(SqliteSession session, string dataset, int first, IReadOnlyList<ShardWork> shards)
    {
        for (var index = 0; index < shards.Count; index++)
        {
            session.Execute("INSERT INTO shard (dataset, number, work) VALUES ($1, $2, $3)", dataset, first + index, LedgerRules.Canonical(shards[index]));
        }

        return shards.Count;
    }

    private static int? FindAnswer(SqliteSession session, string operation, string request)
    {
        var found = session.Query("SELECT request, answer FROM operation WHERE id = $1", row => (Request: row.GetString(0), Answer: row.GetInt32(1)), operation);
        if (found.Count == 0)
        {
            return null;
        }

        return found[0].Request == request ? found[0].Answer : throw LedgerRules.OtherRequest(operation);
    }

    private (ShardLease? Lease, Guid Identity, long Grants) Grant(SqliteSession session, ShardKey shard, string owner, TimeSpan time)
    {
        var now = Now;
        var granted = session.Query(
            """
            UPDATE shard SET state = 'leased', owner = $3, expires = $4, epoch = epoch + 1, incarnation = (SELECT incarnation FROM cluster)
            WHERE dataset = $1 AND number = $2 AND (state = 'free' OR (state = 'leased' AND expires <= $5))
            RETURNING incarnation, epoch, work
            """,
            row => (Token: new LeaseToken(row.GetInt64(0), row.GetInt64(1)), Work: LedgerJson.Read<ShardWork>(row.GetString(2))),
            shard.Dataset, shard.Index, owner, now + time.Ticks, now);
        if (granted.Count == 0)
        {
            return default;
        }

        session.Execute("UPDATE cluster SET grants = grants + 1");
        var cluster = ReadCluster(session)[0];
        var dataset = session.Query($"SELECT {LedgerRows.DatasetColumns} FROM dataset WHERE id = $1", LedgerRows.ReadDataset, shard.Dataset).Single();
        return (new ShardLease(shard, dataset.Job, dataset.Kind, granted[0].Token, time, granted[0].Work), cluster.Identity, cluster.Grants);
    }

    private static DateTimeOffset ReadTime(SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);
}
