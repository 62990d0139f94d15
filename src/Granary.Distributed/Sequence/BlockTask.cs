namespace Granary.Distributed.Sequence;

/// <summary>Attention of some queries to some keys, forward or backward; adds to the sums of both owners.</summary>
/// <param name="QueryOwner">Whose queries.</param>
/// <param name="Queries">Which of them.</param>
/// <param name="KeyOwner">Whose keys.</param>
/// <param name="Keys">Which of them.</param>
/// <param name="Heads">Which heads.</param>
public readonly record struct BlockTask(int QueryOwner, RowPart Queries, int KeyOwner, RowPart Keys, HeadPart Heads);
