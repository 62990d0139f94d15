using Granary.Data.Shards;
using Granary.Pipelines.Decomposition.Packing;

namespace Granary.Pipelines.Decomposition.Tests;

/// <summary>Builds from a plain stream, for tests that have one set of documents.</summary>
internal static class ShardBuilderExtensions
{
    /// <summary>What stands for the identity of the documents.</summary>
    public const string Hash = "documents";

    public static ShardManifest Build(this ShardBuilder builder, string folder, IEnumerable<TokenizedDocument> documents, bool replace = false)
    {
        return builder.Build(folder, new TokenizedDocuments(Hash, skipped => documents.Skip((int)skipped)), replace);
    }

    public static ShardManifest Build(this PackedShardBuilder builder, string folder, IEnumerable<TokenizedDocument> documents)
    {
        return builder.Build(folder, new TokenizedDocuments(Hash, skipped => documents.Skip((int)skipped)));
    }
}
