namespace Granary.Distributed.Sequence;

/// <summary>
/// Who sends what to whom, and who computes what, in which step: a pure table, without tensors or processes, for one
/// direction. The engine runs it, the simulator times it, and its bytes are counted, from the same steps.
/// </summary>
/// <remarks>
/// A rank begins with its own operands, all positions and heads, and with <see cref="Kept"/>. A sum of another owner begins at
/// nothing when a block first adds to it, spans all of the owner's positions of these heads, and is gone once sent; what is
/// sent of it holds all rows that were added to. After the last step every sum is with its owner. A pair of ranks exchanges
/// at most one parcel of the same payload, rows, heads and owner in a step.
/// </remarks>
public interface ISequenceSchedule
{
    /// <summary>What the schedule is called.</summary>
    string Name { get; }

    /// <summary>Whether it is for gradients; then operands are <see cref="Payload.OutputGradients"/> too, and sums are those of gradients.</summary>
    bool IsBackward { get; }

    /// <summary>Ranks N.</summary>
    int Ranks { get; }

    /// <summary>Steps, the same for all ranks.</summary>
    int Steps { get; }

    /// <summary>A rank's part in a step.</summary>
    RankStep At(int rank, int step);

    /// <summary>Operands of others that the forward schedule brought to a rank and that backward needs there; empty where backward brings its own.</summary>
    IReadOnlyList<Parcel> Kept(int rank);
}
