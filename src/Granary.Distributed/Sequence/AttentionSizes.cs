namespace Granary.Distributed.Sequence;

/// <summary>The sizes of an attention, of which bytes and operations are counted.</summary>
/// <param name="Batch">Rows B.</param>
/// <param name="Heads">Query heads H.</param>
/// <param name="KeyHeads">Key heads G, which divide H.</param>
/// <param name="HeadDim">Dims D of a head.</param>
/// <param name="ElementBytes">Bytes of an element of q, k, v and the gradient of out on the wire.</param>
/// <param name="GradientBytes">Bytes of an element of dq, dk and dv on the wire.</param>
/// <param name="OutputBytes">Bytes of an element of a partial out on the wire; those of q where it is null.</param>
public sealed record AttentionSizes(long Batch, int Heads, int KeyHeads, int HeadDim, int ElementBytes = 4, int GradientBytes = 4, int? OutputBytes = null);
