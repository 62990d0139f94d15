using System.Globalization;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>
/// A database without a file: it holds no tables and lends its connections the means to read and write Parquet. DuckDB
/// starts no threads of its own; a query runs on the thread that asks, so the pipeline alone decides what runs at once.
/// </summary>
internal sealed class DuckDbDatabase : IDisposable
{
    private static readonly Lazy<DuckDbDatabase> Process = new(() => new DuckDbDatabase());

    private readonly DatabaseHandle _handle;

    /// <summary>Opens a database; one that <paramref name="keepsFooters"/> holds the footer of every Parquet file read with it until it is closed.</summary>
    /// <exception cref="DuckDbException">The library is missing.</exception>
    public DuckDbDatabase(bool keepsFooters = false)
    {
        _handle = Open([
            ("threads", "1"),
            ("memory_limit", string.Create(CultureInfo.InvariantCulture, $"{MemoryLimit >> 20}MiB")),
            ("temp_directory", string.Empty),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("enable_external_file_cache", "false"), // it would keep every file's name, and the system keeps the bytes
        ]);
        if (keepsFooters)
        {
            // Set apart: the settings of extensions are known once these are loaded.
            using var connection = Connect();
            connection.Execute("SET GLOBAL parquet_metadata_cache = true");
        }
    }

    /// <summary>The database for what is read once, opened when it is first asked for and never closed.</summary>
    /// <exception cref="DuckDbException">The library is missing.</exception>
    public static DuckDbDatabase Shared => Process.Value;

    /// <summary>The bytes that all queries together may hold: half of what this process may have.</summary>
    public static long MemoryLimit { get; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The library's version, such as v1.5.6.</summary>
    public static unsafe string Version => NativeText.Of(NativeMethods.duckdb_library_version()) ?? string.Empty;

    /// <summary>Opens a connection, which belongs to one thread at a time.</summary>
    public DuckDbConnection Connect()
    {
        return NativeMethods.duckdb_connect(_handle, out var connection) == NativeMethods.Success
            ? new DuckDbConnection(new ConnectionHandle(connection))
            : throw new DuckDbException("DuckDB opens no connection");
    }

    public void Dispose()
    {
        _handle.Dispose();
    }

    private static unsafe DatabaseHandle Open((string Name, string Value)[] settings)
    {
        _ = NativeMethods.duckdb_create_config(out var config);
        try
        {
            foreach (var (name, value) in settings)
            {
                if (NativeMethods.duckdb_set_config(config, name, value) != NativeMethods.Success)
                {
                    throw new DuckDbException($"DuckDB {Version} has no setting '{name}' that takes '{value}'; version {DuckDbLibrary.Version} has it");
                }
            }

            return NativeMethods.duckdb_open_ext(null, out var database, config, out var error) == NativeMethods.Success
                ? new DatabaseHandle(database)
                : throw DuckDbException.Of(NativeText.Take(error));
        }
        finally
        {
            NativeMethods.duckdb_destroy_config(&config);
        }
    }
}
