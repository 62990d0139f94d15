using Granary.Torch;

namespace Granary.Distributed.Sequence;

/// <summary>
/// What numbers are on the wire; null sends them as the data is. Sums are float32 on every rank whatever they travel as, and
/// lse and delta always travel in full.
/// </summary>
/// <param name="Operands">q, k, v and the gradient of out: null, bfloat16 or float32.</param>
/// <param name="Outputs">Partial outs: null or float32.</param>
/// <param name="Gradients">Partial dq, dk and dv: null or float32.</param>
public sealed record WireTypes(ScalarType? Operands = null, ScalarType? Outputs = null, ScalarType? Gradients = null)
{
    /// <summary>Everything as the data is.</summary>
    public static WireTypes AsIs { get; } = new();

    /// <summary>What a payload's data is sent as.</summary>
    internal ScalarType Of(Payload payload, ScalarType data)
    {
        return payload switch
        {
            Payload.Outputs => Outputs ?? data,
            Payload.QueryGradients or Payload.KeyValueGradients => Gradients ?? data,
            _ => Operands ?? data,
        };
    }
}
