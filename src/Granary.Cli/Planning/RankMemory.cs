using Granary.Distributed;
using Granary.Models.Decoder;

namespace Granary.Cli.Planning;

/// <summary>Counts what a rank that trains a decoder holds: fp32, fused kernels, AdamW.</summary>
/// <remarks>
/// For a token a block keeps, in elements: its input, both norms' outputs, the middle and the two residual terms, 6C; the packed
/// projection P, attention's output E and a statistic a head; the first feed-forward product U and the second's input F; a norm's
/// statistics. A head keeps its logits until backward is through. <see cref="KeptGradients"/>, the share of the gradients of P and U that
/// is counted on top, and <see cref="RuntimeBytes"/> are fitted to peaks of seven shapes on one rank (all then within 8 %), not derived.
/// </remarks>
internal sealed class RankMemory
{
    private const double ElementBytes = 4;
    private const double MomentBytes = 8;
    private const double KeptGradients = 0.8;
    private const double RuntimeBytes = 350e6;

    private readonly DecoderSpec _spec;
    private readonly long _parameters;

    internal RankMemory(DecoderSpec spec)
    {
        _spec = spec;
        _parameters = spec.ParameterCount();
    }

    // Rows of the embedding, and of a head of its own.
    private double Outside => (double)_spec.VocabSize * _spec.HiddenSize * (_spec.TieWordEmbeddings ? 1 : 2);

    private double Block => Math.Max(0, (_parameters - Outside) / _spec.NumHiddenLayers);

    /// <summary>What a rank of several holds with so many tokens in a portion; <paramref name="exchanged"/> are attention's buffers.</summary>
    internal RankBytes Of(int ranks, Sharding sharding, double tokens, bool accumulates, double exchanged)
    {
        var isFull = sharding == Sharding.Full;
        var share = sharding == Sharding.None ? 1 : ranks;

        // A unit's gradients are gathered into one memory and two are summed at once; what lies outside of the blocks is one unit.
        var units = ranks == 1 ? 0 : ElementBytes * Math.Max(2 * Block, Outside);
        var parameters = isFull ? (_parameters / (double)ranks) + Outside + (2 * Block) : _parameters;
        var gradients = isFull || (sharding == Sharding.Optimizer && !accumulates) ? (_parameters / (double)ranks) + Outside + Block : _parameters;
        return new(
            ElementBytes * parameters,
            ElementBytes * (gradients + ((double)_spec.VocabSize * _spec.HiddenSize)),
            MomentBytes * _parameters / share,
            ElementBytes * tokens * ElementsOfToken(),
            ElementBytes * tokens * _spec.VocabSize,
            units + exchanged,
            RuntimeBytes);
    }

    private double ElementsOfToken()
    {
        var attention = _spec.Attention;
        var statistics = _spec.UsesLayerNorm ? 4 : 2;
        var kept = (6.0 * _spec.HiddenSize) + attention.PackedWidth + attention.QueryWidth + attention.Heads + _spec.UpWidth + _spec.IntermediateSize + statistics;
        return (_spec.NumHiddenLayers * (kept + (KeptGradients * (attention.PackedWidth + _spec.UpWidth)))) + (2 * _spec.HiddenSize);
    }
}
