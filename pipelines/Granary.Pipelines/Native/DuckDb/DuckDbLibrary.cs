using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>Finds libduckdb.so where a machine may have it, or says in one sentence what is missing.</summary>
internal static class DuckDbLibrary
{
    /// <summary>The variable that names the library's file and goes before all other places.</summary>
    internal const string Variable = "GRANARY_DUCKDB";

    /// <summary>The version that scripts/setup.sh fetches.</summary>
    internal const string Version = "1.5.6";

    private const string FileName = "libduckdb.so";

    /// <summary>Where scripts/setup.sh puts the library.</summary>
    internal static string FetchedPath { get; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "granary", "lib", $"duckdb-{Version}", FileName);

    /// <summary>Loads the library.</summary>
    /// <exception cref="DuckDbException">No place has it, or it cannot be loaded.</exception>
    internal static nint Load()
    {
        return Load(Environment.GetEnvironmentVariable(Variable), FetchedPath, FileName);
    }

    /// <summary>Loads the file that is <paramref name="named"/>, else the one that was fetched, else what the system has by a name.</summary>
    internal static nint Load(string? named, string fetched, string system)
    {
        if (!string.IsNullOrEmpty(named))
        {
            return LoadFile(named, $"Name DuckDB's {FileName} in {Variable}, or unset it.");
        }

        if (File.Exists(fetched))
        {
            return LoadFile(fetched, "Delete it and run 'make setup'.");
        }

        return NativeLibrary.TryLoad(system, out var library)
            ? library
            : throw new DuckDbException($"DuckDB's library, which reads and writes Parquet, is missing: neither {Variable}, nor '{fetched}', nor the system's libraries have {system}. Run 'make setup', which fetches it.");
    }

    private static nint LoadFile(string path, string remedy)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new DuckDbException($"DuckDB's library '{path}' cannot be loaded: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}. {remedy}", exception);
        }
    }
}
