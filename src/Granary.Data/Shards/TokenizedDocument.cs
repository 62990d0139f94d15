namespace Granary.Data.Shards;

/// <summary>One document as token ids, the end-of-text id last.</summary>
/// <param name="Hash">The identity of the document's text.</param>
/// <param name="SourceIndex">Which of the shard set's sources the document comes from, counted from 0.</param>
/// <param name="Ids">The ids, end of text included.</param>
/// <param name="Cluster">The document's cluster, from 0; <see cref="ShardGroup.NoCluster"/> without one, <see cref="ShardGroup.Pruned"/> where it is left out.</param>
public readonly record struct TokenizedDocument(DocumentHash Hash, int SourceIndex, ReadOnlyMemory<int> Ids, int Cluster = ShardGroup.NoCluster);
