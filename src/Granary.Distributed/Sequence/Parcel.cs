namespace Granary.Distributed.Sequence;

/// <summary>Something that travels as one message.</summary>
/// <param name="Payload">What it is.</param>
/// <param name="Owner">The rank whose positions it belongs to.</param>
/// <param name="Rows">Which of the owner's positions.</param>
/// <param name="Heads">Which heads.</param>
public readonly record struct Parcel(Payload Payload, int Owner, RowPart Rows, HeadPart Heads)
{
    /// <summary>All positions and heads of an owner.</summary>
    public static Parcel Of(Payload payload, int owner) => new(payload, owner, RowPart.Whole, HeadPart.All);
}
