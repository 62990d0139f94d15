using Granary.Core.Randomness;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Decoder;

/// <summary>
/// A decoder-only transformer: embedding, blocks, final norm, head. Single-device code. Shape letters: B rows, T
/// positions, N = B * T, C width, V vocabulary.
/// </summary>
public sealed class DecoderModel : Module
{
    [ComponentName(Name = "embed_tokens")]
    private readonly Tensor _tokens_VC;

    [ComponentName(Name = "embed_positions")]
    private readonly Tensor? _positions_TC;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<DecoderBlock> _blocks;

    [ComponentName(Name = "final_norm")]
    private readonly Norm _norm;

    [ComponentName(Name = "head")]
    private readonly Tensor? _head_VC;

    private readonly ILayerKernels _kernels;
    private readonly RotaryTable? _rotary;

    /// <summary>Draws the initial parameters from a key; without one their content is arbitrary, for a caller that loads them.</summary>
    public DecoderModel(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        Spec = spec;
        _kernels = kernels;
        _tokens_VC = ParameterDraw.Normal([spec.VocabSize, spec.HiddenSize], spec.InitializerRange, key?.Use("embed_tokens"));
        _positions_TC = spec.LearnsPositions
            ? ParameterDraw.Normal([spec.MaxPositionEmbeddings, spec.HiddenSize], spec.InitializerRange, key?.Use("embed_positions"))
            : null;
        _rotary = spec.LearnsPositions ? null : new RotaryTable(spec.MaxPositionEmbeddings, spec.Attention.HeadDim, spec.RopeTheta);
        _blocks = new ModuleList<DecoderBlock>(
            Enumerable.Range(0, spec.NumHiddenLayers).Select(layer => new DecoderBlock(spec, key?.Use("layers").Fold(layer), kernels)));
        _norm = new Norm(spec.HiddenSize, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _head_VC = spec.TieWordEmbeddings
            ? null
            : ParameterDraw.Normal([spec.VocabSize, spec.HiddenSize], spec.InitializerRange, key?.Use("head"));
        RegisterComponents();
    }

    /// <summary>What the model was built from.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>
    /// ids [B, T] to the final norm's output [N, C]. Positions count from 0; a model that learns a vector for each takes others
    /// [B, T] below its longest. Rotary scores depend on distances only, so there they change nothing.
    /// </summary>
    public Tensor Hidden(Tensor ids_BT, AttentionMask? mask = null, Tensor? positions_BT = null)
    {
        var (batch, length) = (ids_BT.size(0), ids_BT.size(1));
        CheckLength(length);
        var x_NC = positions_BT is null ? Embedded(ids_BT, start: 0, length) : EmbeddedAt(ids_BT, positions_BT);
        var rotary = _rotary?.Rows(0, length);
        var seen = mask ?? AttentionMask.Causal();
        foreach (var block in _blocks)
        {
            x_NC = block.Forward(x_NC, batch, rotary, seen);
        }

        return _norm.Forward(x_NC);
    }

    /// <summary>
    /// The next ids' hidden rows [N, C], given the tokens a cache holds; the cache takes these tokens in. They follow each
    /// other, or form the same tree in every row.
    /// </summary>
    public Tensor Hidden(Tensor ids_BT, KeyValueCache cache, TokenTree? tree = null)
    {
        var (batch, length) = (ids_BT.size(0), ids_BT.size(1));
        CheckLength(cache.Length + length);
        cache.CheckRoom(length);
        using var positions_BT = tree is null or { IsChain: true } ? null : cache.Positions(tree, batch);
        var x_NC = positions_BT is null ? Embedded(ids_BT, cache.Length, length) : EmbeddedAt(ids_BT, positions_BT);
        var rotary = positions_BT is null ? _rotary?.Rows(cache.Length, length) : _rotary?.Rows(positions_BT.select(0, 0));
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            x_NC = _blocks[layer].Forward(x_NC, batch, rotary, cache, layer, tree);
        }

        cache.Advance((int)length);
        return _norm.Forward(x_NC);
    }

    /// <summary>Hidden rows [N, C] to logits [N, V].</summary>
    public Tensor Logits(Tensor hidden_NC)
    {
        return _kernels.Linear(hidden_NC, _head_VC ?? _tokens_VC, bias_O: null);
    }

    /// <summary>The summed loss of targets [N] in nats, as <see cref="ILayerKernels.CrossEntropySum"/> defines it.</summary>
    public Tensor LossSum(Tensor hidden_NC, Tensor targets_N, Tensor? weights_N = null)
    {
        return _kernels.CrossEntropySum(Logits(hidden_NC), targets_N, weights_N);
    }

    /// <summary>
    /// Makes the gradients those of no loss, before a step: null, but zeros for a table that is tied to the head. The head
    /// and the embedding both add to that one, and where it exists neither makes a second tensor of the table's size.
    /// </summary>
    public void ClearGradients()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var parameter in parameters())
        {
            if (_head_VC is not null || !ReferenceEquals(parameter, _tokens_VC))
            {
                parameter.grad = null;
            }
            else if (parameter.grad is { } gradient)
            {
                gradient.zero_();
            }
            else
            {
                parameter.grad = torch.zeros_like(parameter);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _rotary?.Dispose();
        }
    }

    private Tensor Embedded(Tensor ids_BT, long start, long length)
    {
        var x_NC = _kernels.Embed(_tokens_VC, ids_BT.reshape(-1));
        if (_positions_TC is null)
        {
            return x_NC;
        }

        var x_BTC = x_NC.view(ids_BT.size(0), length, Spec.HiddenSize) + _positions_TC.narrow(0, start, length);
        return x_BTC.view(-1, Spec.HiddenSize);
    }

    private Tensor EmbeddedAt(Tensor ids_BT, Tensor positions_BT)
    {
        var x_NC = _kernels.Embed(_tokens_VC, ids_BT.reshape(-1));
        return _positions_TC is null ? x_NC : x_NC + _kernels.Embed(_positions_TC, positions_BT.reshape(-1));
    }

    private void CheckLength(long length)
    {
        if (length > Spec.MaxPositionEmbeddings)
        {
            throw new ArgumentException(
                $"A sequence has '{length}' tokens, but the model takes at most max_position_embeddings ({Spec.MaxPositionEmbeddings}); give it less or train with a larger value.");
        }
    }
}
