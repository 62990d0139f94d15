namespace Granary.Pipelines.Native.DuckDb.Tests;

/// <summary>A connection for tests, which are skipped where this machine has no DuckDB.</summary>
internal static class DuckDbSample
{
    /// <summary>Connects, or skips the test and says why.</summary>
    public static DuckDbConnection Connect()
    {
        try
        {
            return DuckDbDatabase.Shared.Connect();
        }
        catch (DuckDbException missing)
        {
            Assert.Ignore(missing.Message);
            throw;
        }
    }

    /// <summary>Runs a statement.</summary>
    public static void Run(string sql)
    {
        using var connection = Connect();
        connection.Execute(sql);
    }

    /// <summary>The one value of a query, as text.</summary>
    public static string? Text(string sql)
    {
        using var connection = Connect();
        using var rows = connection.Query($"SELECT CAST(({sql}) AS VARCHAR)");
        return rows.Next() ? rows.Column(0).Text(0) : null;
    }

    /// <summary>The first column of a query, which holds text.</summary>
    public static List<string?> Texts(string sql)
    {
        using var connection = Connect();
        using var rows = connection.Query(sql);
        var texts = new List<string?>();
        while (rows.Next())
        {
            for (var row = 0; row < rows.Count; row++)
            {
                texts.Add(rows.Column(0).Text(row));
            }
        }

        return texts;
    }
}
