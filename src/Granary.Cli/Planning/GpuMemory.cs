using Granary.Models.Ahead;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Torch.Kernels.Mixed;
using Granary.Training;

namespace Granary.Cli.Planning;

/// <summary>Counts what tensors take on a GPU that trains a decoder by itself: mixed kernels, AdamW.</summary>
/// <remarks>
/// Parameters, gradients and moments are float32, and in bfloat16 each parameter has a copy. For a token a block keeps, in
/// elements of the layers' type: both sums of the residual stream and both norms' outputs, 4C; the packed projection P and
/// attention's output E; the first feed-forward product U and the second's input F; in float32 a statistic a head and the norms'.
/// Then either the loss is at its fullest, with a portion of the logits and the head's gradient in float32, or the block that
/// backward meets first, through which gradients of 2C, U and F pass.
/// </remarks>
internal sealed class GpuMemory
{
    private const double WideBytes = 4;
    private const double MomentBytes = 8;

    // Workspaces of the matrix library, for the streams that steps run and are recorded on.
    private const double WorkspaceBytes = 2 * (32 << 20);

    private readonly DecoderSpec _spec;
    private readonly double _bytes; // of an element between layers

    internal GpuMemory(DecoderSpec spec, TrainingPrecision precision)
    {
        _spec = spec;
        _bytes = precision == TrainingPrecision.Bf16 ? 2 : WideBytes;
    }

    private int BlocksKept => _spec.NumHiddenLayers + (_spec.Ahead switch
    {
        null or { Kind: AheadKind.Parallel } => 0,
        { Future: { } future } => future.DecoderLayers,
        _ => Math.Min(1, _spec.Ahead.Tokens - 1),
    });

    /// <summary>What there is with so many tokens in a portion.</summary>
    internal RankBytes Of(double tokens, ActivationCheckpointing checkpointing = ActivationCheckpointing.None)
    {
        double parameters = _spec.ParameterCount();
        var (width, attention) = (_spec.HiddenSize, _spec.Attention);
        var kept = _bytes * ((4.0 * width) + attention.PackedWidth + attention.QueryWidth + _spec.UpWidth + _spec.IntermediateSize)
            + (WideBytes * (attention.Heads + (_spec.UsesLayerNorm ? 4 : 2)));
        var passing = tokens * _bytes * ((2.0 * width) + _spec.UpWidth + _spec.IntermediateSize);

        // Where blocks run again each keeps what goes into it, and what one keeps is there once.
        var further = BlocksKept - _spec.NumHiddenLayers;
        var blocks = checkpointing == ActivationCheckpointing.None ? BlocksKept * kept : (_spec.NumHiddenLayers * _bytes * width) + (Math.Max(1, further) * kept);

        // The last norm's input and output, and their gradient.
        var behind = tokens * _bytes * 3 * width;
        var loss = (_bytes * MixedHeadLoss.RowsOfPortion((long)tokens, _spec.VocabSize, _bytes) * _spec.VocabSize) + (WideBytes * _spec.VocabSize * (double)width);
        return new(
            Parameters: (WideBytes + (_bytes < WideBytes ? _bytes : 0)) * parameters,
            Gradients: WideBytes * parameters,
            Optimizer: MomentBytes * parameters,
            Activations: (tokens * blocks) + behind + passing,
            Logits: Math.Max(0, loss - passing),
            Communication: 0,
            Runtime: WorkspaceBytes,
            Checkpoint: (WideBytes + MomentBytes) * parameters);
    }
}
