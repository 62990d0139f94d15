namespace Granary.Distributed;

/// <summary>What the operands of attention over ranks travel as.</summary>
public enum SequenceWire
{
    /// <summary>As they are computed with.</summary>
    AsIs,

    /// <summary>Rounded to bfloat16: half of the bytes of float32.</summary>
    Bfloat16,
}
