using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Lays documents of one source into rows of one length.</summary>
internal interface IRowPacker
{
    /// <summary>Takes a document in; rows that become full are written.</summary>
    void Add(TokenizedDocument document);

    /// <summary>Ends a source, or a window of it: writes what is held, and counts what fills no row.</summary>
    void Finish();
}
