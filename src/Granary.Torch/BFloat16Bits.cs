namespace Granary.Torch;

/// <summary>A bfloat16 element: the upper half of the float32 of the same value.</summary>
/// <param name="Bits">The 16 bits.</param>
public readonly record struct BFloat16Bits(ushort Bits)
{
    /// <summary>The value, exactly.</summary>
    public float ToSingle()
    {
        return BitConverter.UInt32BitsToSingle((uint)Bits << 16);
    }
}
