using Granary.Distributed;
using Granary.Distributed.Units;
using Granary.Models.Ahead;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Torch.Kernels;
using Granary.Training;

namespace Granary.Cli.Planning;

/// <summary>Counts what a rank that trains a decoder holds: fp32, fused kernels, AdamW; with rounded products a copy of each weight.</summary>
/// <remarks>
/// Freed blocks of memory are kept for tensors of about their size, so parts that are never there together count together all the same
/// where their sizes differ: activations, the gradients that backward makes while these go, and the buffers in which gradients are
/// summed. For a token a block keeps, in elements: its input, both norms' outputs and the middle, 4C; the packed projection P, attention's
/// output E and a statistic a head; the first feed-forward product U and the second's input F; a norm's statistics. On their way
/// through the first block that backward meets are gradients of 2C, P, E, U and F; further blocks use their memory again. Outside of
/// the blocks are the last norm's input and output, their gradient, and a portion of the logits, which their
/// gradient overwrites; the head's gradient is added where it lies. Where blocks run again, each keeps what goes into it, C, and with attention kept E and its statistics; what
/// a whole block keeps is there once, for the one that runs again.
/// </remarks>
internal sealed class RankMemory
{
    private const double ElementBytes = 4;
    private const double MomentBytes = 8;
    private const double CopyBytes = 2; // of a weight that products in bf16 read
    private const int BlocksAtOnce = 2; // of parameters, fully sharded: one in use, one on its way

    // Measured where tensors take next to nothing: pages of libtorch and the runtime that are touched, its own heap, and the managed one.
    private const double RuntimeBytes = 240e6;

    // Measured too: what writing and hashing a checkpoint and the stages before training leave on the managed heap.
    private const double SavingBytes = 15e6;

    private readonly DecoderSpec _spec;
    private readonly long _parameters;
    private readonly bool _hasCopies;

    internal RankMemory(DecoderSpec spec, TrainingPrecision precision = TrainingPrecision.Fp32)
    {
        _spec = spec;
        _hasCopies = precision == TrainingPrecision.Bf16;
        _parameters = spec.ParameterCount();
    }

    // Blocks of heads for tokens further ahead; they lie outside of the blocks between whose borders parameters come and go.
    private int FurtherBlocks => _spec.Ahead switch
    {
        null => 0,
        { Future: { } future } => future.DecoderLayers,
        _ => _spec.Ahead.Tokens - 1,
    };

    // A head is run back before the next one is run; those of one trunk share all of its blocks but the last.
    private int BlocksKept => _spec.NumHiddenLayers + (_spec.Ahead switch { null or { Kind: AheadKind.Parallel } => 0, { Kind: AheadKind.Sequential } => Math.Min(1, FurtherBlocks), _ => FurtherBlocks });

    // Rows of the embedding, and of a head of its own.
    private double Tables => (double)_spec.VocabSize * _spec.HiddenSize * (_spec.TieWordEmbeddings ? 1 : 2);

    private double Block => Math.Max(0, (_parameters - Tables) / Blocks);

    private int Blocks => _spec.NumHiddenLayers + FurtherBlocks;

    // Two on their way, or small ones that are more, and the one that begins before the first of them is waited for.
    private double SumsAtOnce => Math.Min(Math.Max(2, Block > 0 ? Math.Floor(ShardedParameters.SmallSumsBytes / (ElementBytes * Block)) : 0), Math.Max(2, Blocks - 1)) + 1;

    /// <summary>What a rank of several holds with so many tokens in a portion.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="sharding">What each keeps its part of only.</param>
    /// <param name="tokens">Positions that a rank runs at once.</param>
    /// <param name="accumulates">Whether a step has several portions.</param>
    /// <param name="exchanged">Bytes of attention's buffers.</param>
    /// <param name="keptByBlock">Bytes of other ranks that each block's attention keeps for backward.</param>
    /// <param name="checkpointing">What blocks keep.</param>
    internal RankBytes Of(
        int ranks, Sharding sharding, double tokens, bool accumulates, double exchanged = 0, double keptByBlock = 0, ActivationCheckpointing checkpointing = ActivationCheckpointing.None)
    {
        var isFull = sharding == Sharding.Full;
        var part = 1.0 / ranks;
        var outside = Tables + (FurtherBlocks * Block);
        return new(
            (ElementBytes * (isFull ? (_parameters * part) + outside + (BlocksAtOnce * Block) : _parameters)) + CopiesOf(isFull ? outside + (BlocksAtOnce * Block) : _parameters),
            ElementBytes * (ranks == 1 ? _parameters : SummedGradients(part, sharding) + (accumulates && !isFull ? _parameters : outside + Block)),
            MomentBytes * _parameters * (sharding == Sharding.None ? 1 : part),
            ElementBytes * tokens * ActivationsOfToken(checkpointing),
            ElementBytes * FusedHeadLoss.RowsOfPortion((long)tokens, _spec.VocabSize) * _spec.VocabSize,
            exchanged + ((checkpointing == ActivationCheckpointing.Full ? 1 : BlocksKept) * keptByBlock) + (ElementBytes * (1 - part) * ((SumsAtOnce * Block) + Tables)),
            RuntimeBytes,
            ((ElementBytes + MomentBytes) * _parameters) + SavingBytes);
    }

    // Copies are of what is whole; rows of the embedding are looked up in float32.
    private double CopiesOf(double parameters)
    {
        return _hasCopies ? CopyBytes * (parameters - (_spec.TieWordEmbeddings ? 0 : (double)_spec.VocabSize * _spec.HiddenSize)) : 0;
    }

    // Gradients by unit, which ranks sum: all of them stay where every rank updates all; else the own part, and what is on its way.
    private double SummedGradients(double part, Sharding sharding)
    {
        return sharding == Sharding.None ? _parameters : (_parameters * part) + (SumsAtOnce * Block) + Tables;
    }

    private double ActivationsOfToken(ActivationCheckpointing checkpointing)
    {
        var attention = _spec.Attention;
        var wide = attention.PackedWidth + attention.QueryWidth + _spec.UpWidth + _spec.IntermediateSize;
        var kept = (4.0 * _spec.HiddenSize) + wide + attention.Heads + (_spec.UsesLayerNorm ? 4 : 2);
        var passing = (2.0 * _spec.HiddenSize) + wide;
        var further = BlocksKept - _spec.NumHiddenLayers;
        var blocks = checkpointing switch
        {
            ActivationCheckpointing.None => BlocksKept * kept,
            ActivationCheckpointing.Selective => (_spec.NumHiddenLayers * (double)(_spec.HiddenSize + attention.QueryWidth + attention.Heads)) + (Math.Max(1, further) * kept),
            _ => (_spec.NumHiddenLayers * (double)_spec.HiddenSize) + (Math.Max(1, further) * kept),
        };
        return blocks + passing + (3 * _spec.HiddenSize);
    }
}
