namespace Granary.Distributed.Sequence;

/// <summary>
/// What a rank does in a step. It posts the receives, begins the sends, computes the blocks from what it held before the step,
/// waits, and adds what came to its sums, in the order listed. What comes in a step can be used from the next one on.
/// </summary>
/// <param name="Receives">What comes.</param>
/// <param name="Sends">What goes: operands as they are, sums as they were at the step's beginning.</param>
/// <param name="Blocks">What is computed meanwhile.</param>
public sealed record RankStep(IReadOnlyList<ParcelTransfer> Receives, IReadOnlyList<ParcelTransfer> Sends, IReadOnlyList<BlockTask> Blocks)
{
    /// <summary>A step in which a rank has nothing to do.</summary>
    public static RankStep Idle { get; } = new([], [], []);
}
