namespace Granary.Data.Shards;

/// <summary>One thing in which two shard sets differ.</summary>
/// <param name="What">What it is, in a few words.</param>
/// <param name="Left">What it is in the first set.</param>
/// <param name="Right">What it is in the second set.</param>
public sealed record ShardDifference(string What, string Left, string Right);
