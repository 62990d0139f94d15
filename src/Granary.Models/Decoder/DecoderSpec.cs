using Granary.Models.Ahead;
using Granary.Models.Language;

namespace Granary.Models.Decoder;

/// <summary>A decoder's shape and options, resolved: what the model is built from.</summary>
public sealed record DecoderSpec : ModelSpec
{
    /// <summary>Blocks.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Inner width F of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>LayerNorm with bias, else RMSNorm.</summary>
    public required bool UsesLayerNorm { get; init; }

    /// <summary>What is added under the root of a norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary angles.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>What stands between the two feed-forward products.</summary>
    public required DecoderActivation Activation { get; init; }

    /// <summary>Whether all projections have biases.</summary>
    public required bool HasBias { get; init; }

    /// <summary>Whether the four attention projections have biases where the feed-forward ones have none.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether the head is the embedding table.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Standard deviation of initial weights.</summary>
    public required double InitializerRange { get; init; }

    /// <summary>Whether projections into the residual stream start smaller, by 1 / sqrt(2 * layers), as GPT-2's do.</summary>
    public required bool ScalesResidualInit { get; init; }

    /// <summary>Heads for tokens further ahead; null for none.</summary>
    public AheadSpec? Ahead { get; init; }

    /// <summary>Rows of the first feed-forward projection: twice the inner width when gated.</summary>
    public int UpWidth => Activation == DecoderActivation.SwiGlu ? 2 * IntermediateSize : IntermediateSize;

    /// <summary>Rows of the maps that lie in it: gate and up, or one.</summary>
    internal IReadOnlyList<long> UpParts => Activation == DecoderActivation.SwiGlu ? [IntermediateSize, IntermediateSize] : [IntermediateSize];

    /// <inheritdoc/>
    public override long ParameterCount()
    {
        long width = HiddenSize;
        var embeddings = (TieWordEmbeddings ? 1 : 2) * VocabSize * width;
        return embeddings + (LearnsPositions ? MaxPositionEmbeddings * width : 0) + (NumHiddenLayers * BlockParameters()) + NormParameters() + AheadParameters();
    }

    /// <summary>
    /// Floating-point operations of a training step per token at a context length: 6 for each weight of a matrix
    /// product, and 12 * layers * H * D * T for full attention scores, half of it for causal ones
    /// (Chowdhery et al., PaLM, appendix B, counted causally).
    /// </summary>
    public override double TrainingFlopsPerToken(long length)
    {
        var further = Ahead is null or { Kind: AheadKind.Future } ? 0 : Ahead.Tokens - 1;
        var blocks = NumHiddenLayers + further;
        var block = BlockProducts();
        var joined = Ahead is { Kind: AheadKind.Sequential } ? 2.0 * HiddenSize * HiddenSize * further : 0;
        var heads = (double)VocabSize * HiddenSize * (1 + further);
        return (6.0 * ((blocks * block) + joined + heads)) + (6.0 * blocks * Attention.QueryWidth * length) + FutureFlops();
    }

    /// <summary>
    /// Floating-point operations per token that a step takes besides, where blocks run again: the forward share, a third, of the
    /// blocks' products and, unless what attention gave is kept, of their scores. Heads for tokens further ahead keep what they compute.
    /// </summary>
    public double RecomputedFlopsPerToken(ActivationCheckpointing checkpointing, long length)
    {
        return checkpointing switch
        {
            ActivationCheckpointing.Selective => NumHiddenLayers * 2.0 * BlockProducts(),
            ActivationCheckpointing.Full => NumHiddenLayers * ((2.0 * BlockProducts()) + (2.0 * Attention.QueryWidth * length)),
            _ => 0,
        };
    }

    private double BlockProducts()
    {
        return (((double)Attention.PackedWidth + Attention.QueryWidth) * HiddenSize) + (((double)UpWidth + IntermediateSize) * HiddenSize);
    }

    // For each position asked: N rows through the blocks and the head, P rows into their keys and values, scores of both kinds.
    private double FutureFlops()
    {
        if (Ahead?.Future is not { } future)
        {
            return 0;
        }

        var (tokens, pseudo, width) = ((double)Ahead.Tokens, (double)future.PseudoTokens, (double)HiddenSize);
        var crossed = 2 * width * ((tokens * Attention.QueryWidth) + (pseudo * Attention.KeyWidth));
        var products = (future.DecoderLayers * ((tokens * BlockProducts()) + crossed)) + (pseudo * width * width) + (tokens * VocabSize * width);
        var scores = future.DecoderLayers * Attention.QueryWidth * tokens * ((6 * tokens) + (12 * pseudo));
        return ((6 * products) + scores) / future.Stride;
    }

    private long NormParameters() => UsesLayerNorm ? 2L * HiddenSize : HiddenSize;

    private long BlockParameters()
    {
        long width = HiddenSize;
        var attention = (Attention.PackedWidth * width) + (width * Attention.QueryWidth)
            + (HasBias || HasAttentionBias ? Attention.PackedWidth + width : 0);
        var feedForward = (UpWidth * width) + (width * IntermediateSize) + (HasBias ? UpWidth + width : 0);
        return attention + feedForward + (2 * NormParameters());
    }

    private long AheadParameters()
    {
        return Ahead switch
        {
            null => 0,
            { Future: { } future } => FutureParameters(Ahead.Tokens, future),
            { Kind: AheadKind.Sequential } => (Ahead.Tokens - 1) * (BlockParameters() + (2 * NormParameters()) + (2L * HiddenSize * HiddenSize)),
            _ => (Ahead.Tokens - 1) * BlockParameters(),
        };
    }

    private long FutureParameters(int tokens, FutureSpec future)
    {
        long width = HiddenSize;
        var expansion = NormParameters() + (future.PseudoTokens * width * (width + 1)) + (tokens * width);
        var crossed = NormParameters() + (2 * width * (Attention.QueryWidth + Attention.KeyWidth));
        return expansion + (future.DecoderLayers * (crossed + BlockParameters()));
    }
}
