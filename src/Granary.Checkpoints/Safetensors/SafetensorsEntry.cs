namespace Granary.Checkpoints.Safetensors;

/// <summary>One tensor of a file.</summary>
/// <param name="Name">The tensor's name, unique in its file.</param>
/// <param name="Dtype">The element type in the format's words, such as "F32" or "BF16".</param>
/// <param name="Shape">The length of each dim, outermost first; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin, counted from the first byte after the header.</param>
/// <param name="Length">How many bytes it has: the product of its shape times the size of its element type.</param>
public sealed record SafetensorsEntry(string Name, string Dtype, IReadOnlyList<long> Shape, long Offset, long Length);
