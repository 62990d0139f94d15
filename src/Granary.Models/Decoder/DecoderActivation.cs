namespace Granary.Models.Decoder;

/// <summary>What stands between the two products of a feed-forward part.</summary>
public enum DecoderActivation
{
    /// <summary>GELU by its tanh approximation: Hugging Face's "gelu_new".</summary>
    GeluTanh,

    /// <summary>Exact GELU: Hugging Face's "gelu".</summary>
    Gelu,

    /// <summary>silu(gate) * up.</summary>
    SwiGlu,
}
