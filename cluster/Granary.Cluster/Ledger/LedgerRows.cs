using System.Data.Common;

namespace Granary.Cluster.Ledger;

/// <summary>Reads rows, whose columns are the same in both databases.</summary>
internal static class LedgerRows
{
    public const string DatasetColumns = "id, job, kind, most_failures";
    public const string ShardColumns = "dataset, number, state, work, incarnation, epoch, owner, expires, failures, failure, output";

    public static DatasetSpec ReadDataset(DbDataReader row)
    {
        return new DatasetSpec
        {
            Id = row.GetString(0),
            Job = row.GetString(1),
            Kind = LedgerJson.ReadWord<DatasetKind>(row.GetString(2)),
            MostFailures = row.GetInt32(3),
            Shards = [],
        };
    }

    /// <summary>A shard's row; the column of the lease's end is read by the one who knows how the database keeps times.</summary>
    public static ShardRow ReadShard<TReader>(TReader row, Func<TReader, int, DateTimeOffset> readTime)
        where TReader : DbDataReader
    {
        return new ShardRow
        {
            Key = new ShardKey(row.GetString(0), row.GetInt32(1)),
            State = LedgerJson.ReadWord<ShardState>(row.GetString(2)),
            Work = LedgerJson.Read<ShardWork>(row.GetString(3)),
            Token = new LeaseToken(row.GetInt64(4), row.GetInt64(5)),
            Owner = row.IsDBNull(6) ? null : row.GetString(6),
            Expires = row.IsDBNull(7) ? null : readTime(row, 7),
            Failures = row.GetInt32(8),
            Failure = row.IsDBNull(9) ? null : row.GetString(9),
            Output = row.IsDBNull(10) ? null : LedgerJson.Read<ShardOutput>(row.GetString(10)),
        };
    }
}
