using System.Data.Common;

namespace Granary.Cluster.Ledger;

/// <summary>Runs single statements, each in a transaction of its own, that both databases understand. Parameters are $1, $2, ...</summary>
internal interface IStatements : IAsyncDisposable
{
    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    Task<int> ExecuteAsync(string sql, object?[] values, CancellationToken cancellationToken);

    /// <summary>Reads all rows.</summary>
    Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, object?[] values, CancellationToken cancellationToken);
}
