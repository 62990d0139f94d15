using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>What reads Parquet on this machine.</summary>
public static class ParquetLibrary
{
    /// <summary>The library's name and version; null, with the reason, when there is none.</summary>
    public static string? Find(out string missing)
    {
        try
        {
            missing = string.Empty;
            return $"DuckDB {DuckDbDatabase.Version}";
        }
        catch (DuckDbException exception)
        {
            missing = exception.Message.TrimEnd('.');
            return null;
        }
    }
}
