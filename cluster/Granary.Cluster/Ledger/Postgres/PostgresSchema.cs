using Npgsql;

namespace Granary.Cluster.Ledger.Postgres;

/// <summary>The tables, in the order in which versions of them came: each step stands for good, and further ones stand behind it.</summary>
internal static class PostgresSchema
{
    /// <summary>The schema of all tables, so that a database may hold others beside them.</summary>
    public const string Name = "granary";

    // The advisory lock that one migrating coordinator at a time holds: "granary" in ASCII.
    private const long MigrationLock = 0x6772616E617279;

    // No index on state or expiry: each grant would leave a dead entry at its head. Spare room in pages keeps updates beside
    // the row they replace, and autovacuum comes early.
    private const string OftenUpdated = "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)";

    private static readonly string[] Steps =
    [
        $"""
        CREATE TABLE cluster (
            id integer PRIMARY KEY CHECK (id = 1),
            incarnation bigint NOT NULL,
            identity text NOT NULL);
        INSERT INTO cluster (id, incarnation, identity) VALUES (1, 0, '');
        CREATE TABLE dataset (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            job text COLLATE "C" NOT NULL,
            kind text NOT NULL,
            most_failures integer NOT NULL,
            fingerprint text NOT NULL,
            shards integer NOT NULL,
            cancelled boolean NOT NULL DEFAULT false);
        CREATE INDEX dataset_by_job ON dataset (job);
        CREATE TABLE shard (
            dataset text COLLATE "C" NOT NULL,
            number integer NOT NULL,
            state text NOT NULL DEFAULT 'free',
            work text NOT NULL,
            incarnation bigint NOT NULL DEFAULT 0,
            epoch bigint NOT NULL DEFAULT 0,
            owner text,
            expires timestamptz,
            failures integer NOT NULL DEFAULT 0,
            failure text,
            output text,
            PRIMARY KEY (dataset, number)) {OftenUpdated};
        CREATE TABLE ledger (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            dataset text COLLATE "C" NOT NULL,
            shard integer NOT NULL,
            incarnation bigint NOT NULL,
            epoch bigint NOT NULL,
            operation text NOT NULL,
            output text NOT NULL,
            at timestamptz NOT NULL,
            UNIQUE (dataset, shard));
        CREATE TABLE operation (
            id text COLLATE "C" PRIMARY KEY,
            request text NOT NULL,
            answer integer NOT NULL);
        CREATE TABLE grain_state (
            name text COLLATE "C" NOT NULL,
            grain text COLLATE "C" NOT NULL,
            etag text NOT NULL,
            state text NOT NULL,
            PRIMARY KEY (name, grain)) {OftenUpdated};
        """,
        """
        -- The dataset that an operation added shards to; that of one which committed stands in its line of the ledger.
        ALTER TABLE operation ADD COLUMN dataset text COLLATE "C";
        CREATE INDEX operation_by_dataset ON operation (dataset) WHERE dataset IS NOT NULL;
        """,
    ];

    /// <summary>Brings the tables to this program's version, in one transaction.</summary>
    /// <exception cref="LedgerConflictException">They are of a later version.</exception>
    public static async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", [MigrationLock], cancellationToken);
        await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Name}", [], cancellationToken);
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS migration (version integer PRIMARY KEY)", [], cancellationToken);
        var version = (await connection.QueryAsync("SELECT coalesce(max(version), 0) FROM migration", row => row.GetInt32(0), [], cancellationToken)).Single();
        if (version > Steps.Length)
        {
            throw new LedgerConflictException($"The database's tables are of version '{version}' but this program knows up to {Steps.Length}; use the program that wrote them.");
        }

        for (var step = version; step < Steps.Length; step++)
        {
            await connection.ExecuteAsync(Steps[step], [], cancellationToken);
            await connection.ExecuteAsync("INSERT INTO migration (version) VALUES ($1)", [step + 1], cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
