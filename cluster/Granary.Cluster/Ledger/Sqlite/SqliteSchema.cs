namespace Granary.Cluster.Ledger.Sqlite;

/// <summary>The tables, in the order in which versions of them came: each step stands for good, and further ones stand behind it.</summary>
internal static class SqliteSchema
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE cluster (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            incarnation INTEGER NOT NULL,
            identity TEXT NOT NULL,
            grants INTEGER NOT NULL);
        CREATE TABLE dataset (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            job TEXT NOT NULL,
            kind TEXT NOT NULL,
            most_failures INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            shards INTEGER NOT NULL,
            cancelled INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX dataset_by_job ON dataset (job);
        CREATE TABLE shard (
            dataset TEXT NOT NULL,
            number INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'free',
            work TEXT NOT NULL,
            incarnation INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            owner TEXT,
            expires INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            failure TEXT,
            output TEXT,
            PRIMARY KEY (dataset, number));
        CREATE TABLE ledger (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            dataset TEXT NOT NULL,
            shard INTEGER NOT NULL,
            incarnation INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            operation TEXT NOT NULL,
            output TEXT NOT NULL,
            at INTEGER NOT NULL,
            UNIQUE (dataset, shard));
        CREATE TABLE operation (
            id TEXT PRIMARY KEY,
            request TEXT NOT NULL,
            answer INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE grain_state (
            name TEXT NOT NULL,
            grain TEXT NOT NULL,
            etag TEXT NOT NULL,
            state TEXT NOT NULL,
            PRIMARY KEY (name, grain)) WITHOUT ROWID;
        """,
        """
        -- The dataset that an operation added shards to; that of one which committed stands in its line of the ledger.
        ALTER TABLE operation ADD COLUMN dataset TEXT;
        CREATE INDEX operation_by_dataset ON operation (dataset) WHERE dataset IS NOT NULL;
        """,
    ];

    /// <summary>Brings the tables to this program's version, inside the transaction of whoever asks.</summary>
    /// <exception cref="LedgerConflictException">They are of a later version.</exception>
    public static void Migrate(SqliteSession session)
    {
        var version = session.Query("PRAGMA user_version", row => row.GetInt32(0)).Single();
        if (version > Steps.Length)
        {
            throw new LedgerConflictException($"The database's tables are of version '{version}' but this program knows up to {Steps.Length}; use the program that wrote them.");
        }

        foreach (var step in Steps.Skip(version))
        {
            session.RunScript(step);
        }

        session.RunScript($"PRAGMA user_version = {Steps.Length}");
    }
}
