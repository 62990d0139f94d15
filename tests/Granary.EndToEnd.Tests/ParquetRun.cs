using Granary.Pipelines.Native.DuckDb;

namespace Granary.EndToEnd.Tests;

/// <summary>A tiny run whose corpus is Parquet.</summary>
internal static class ParquetRun
{
    /// <summary>The run, its documents those of the usual one; skips the test where there is no DuckDB.</summary>
    public static TinyRun Write()
    {
        var run = new TinyRun();
        try
        {
            using var connection = DuckDbDatabase.Shared.Connect();
            connection.Execute($"COPY (SELECT row_number() OVER () AS n, text FROM read_json({DuckDbConnection.Quote(run["words.jsonl"])}, format = 'newline_delimited')) TO {DuckDbConnection.Quote(run["words.parquet"])} (FORMAT parquet)");
        }
        catch (DuckDbException missing)
        {
            run.Dispose();
            Assert.Ignore(missing.Message);
        }

        File.WriteAllText(run[TinyRun.Config], TinyRun.Yaml
            .Replace("type: jsonl", "type: parquet", StringComparison.Ordinal)
            .Replace("words.jsonl", "words.parquet", StringComparison.Ordinal));
        return run;
    }
}
