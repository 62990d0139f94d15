using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>The rotary angles of the positions of one call: [T, D/2] each.</summary>
/// <param name="Cos_TR">Cosines.</param>
/// <param name="Sin_TR">Sines.</param>
public readonly record struct RotaryRows(Tensor Cos_TR, Tensor Sin_TR);
