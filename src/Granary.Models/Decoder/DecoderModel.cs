using Granary.Core.Randomness;
using Granary.Distributed.Units;
using Granary.Models.Ahead;
using Granary.Models.Generation.Drafting;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Decoder;

/// <summary>
/// A decoder-only transformer: embedding, blocks, final norm, head, and heads for tokens further ahead where its shape
/// has them. Single-device code. Shape letters: B rows, T positions, N = B * T, C width, V vocabulary.
/// </summary>
public sealed class DecoderModel : LanguageModel
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

    [ComponentName(Name = "ahead")]
    private readonly AheadHeads? _ahead;

    private readonly ILayerKernels _kernels;
    private readonly RotaryTable? _rotary;

    /// <summary>Draws the initial parameters from a key; without one their content is arbitrary, for a caller that loads them.</summary>
    public DecoderModel(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        using var draws = ParameterDraws.Begin();
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
        _ahead = BuildAhead(spec, key?.Use("ahead"), kernels);
        RegisterComponents();
    }

    /// <summary>What the model was built from.</summary>
    public override DecoderSpec Spec { get; }

    /// <inheritdoc/>
    public override ModelUnits Units => new(
        [.. _blocks],
        BlocksOfTrunk,
        _ahead?.Units ?? [],
        _head_VC is null ? [.. _norm.parameters()] : [.. _norm.parameters(), _head_VC]);

    private int BlocksOfTrunk => Spec.NumHiddenLayers - (_ahead?.BlocksOfMainHead ?? 0);

    /// <summary>
    /// Reads ids [B, T]. Positions count from 0; a model that learns a vector for each takes others [B, T] below its longest.
    /// Rotary scores depend on distances only, so there they change nothing.
    /// </summary>
    public override TrunkStates Trunk(ModelInput input)
    {
        CheckLength(input.RowLength);
        var positions_BT = input.Positions_BT ?? input.Columns_T()?.expand([input.Rows, input.Length]);
        var x_NC = positions_BT is null ? Embedded(input.Ids_BT, start: 0, input.Length) : EmbeddedAt(input.Ids_BT, positions_BT);
        return new TrunkStates(input, Through(0, BlocksOfTrunk, x_NC, input));
    }

    /// <inheritdoc/>
    public override HeadOutput Read(TrunkStates states, HeadCall call, GradientCuts cuts)
    {
        if (call.Name == HeadCall.Main)
        {
            return new HeadOutput(_norm.Forward(Through(BlocksOfTrunk, Spec.NumHiddenLayers, states.Hidden_NC, states.Input)), states);
        }

        if (_ahead is null || !_ahead.Answers(call.Name))
        {
            throw new ArgumentException($"The model has no head '{call.Name}'; it predicts {Spec.Ahead?.Tokens ?? 1} token(s) ahead, by heads of kind '{Spec.Ahead?.Kind.ToString() ?? "none"}'. Build it with the objective that trains the head.", nameof(call));
        }

        var told_NC = call.Given is null ? null : _kernels.Embed(_tokens_VC, call.Given.reshape(-1));
        var output = _ahead.Read(states, call, told_NC, _rotary?.Rows(states.Input), cuts);
        return output with { Rows_MC = _norm.Forward(output.Rows_MC) };
    }

    /// <summary>
    /// The next ids' hidden rows [N, C], given the tokens a cache holds; the cache takes these tokens in. They follow each
    /// other, or form the same tree in every row.
    /// </summary>
    public Tensor Hidden(Tensor ids_BT, KeyValueCache cache, TokenTree? tree = null) => Read(ids_BT, cache, tree).Hidden_NC;

    /// <summary>The same with the trunk's rows.</summary>
    public CachedRows Read(Tensor ids_BT, KeyValueCache cache, TokenTree? tree = null)
    {
        var (batch, length) = (ids_BT.size(0), ids_BT.size(1));
        CheckLength(cache.Length + length);
        cache.CheckRoom(length);
        using var positions_BT = tree is null or { IsChain: true } ? null : cache.Positions(tree, batch);
        var x_NC = positions_BT is null ? Embedded(ids_BT, cache.Length, length) : EmbeddedAt(ids_BT, positions_BT);
        var rotary = positions_BT is null ? _rotary?.Rows(cache.Length, length) : _rotary?.Rows(positions_BT.select(0, 0));
        var trunk_NC = x_NC;
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            x_NC = _blocks[layer].Forward(x_NC, batch, rotary, cache, layer, tree);
            trunk_NC = layer < BlocksOfTrunk ? x_NC : trunk_NC;
        }

        cache.Advance((int)length);
        return new CachedRows(_norm.Forward(x_NC), trunk_NC);
    }

    /// <summary>Whether there are heads for tokens further ahead that can guess while a text is written.</summary>
    public bool CanDraft => _ahead is { CanDraft: true };

    /// <summary>These heads for one text; null where there are none.</summary>
    public IDraftHeads? DraftHeads()
    {
        return !CanDraft ? null : _ahead!.Draft(new DraftParts(Spec, _rotary, ids_N => _kernels.Embed(_tokens_VC, ids_N), rows_MC => Logits(_norm.Forward(rows_MC))));
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor rows_MC)
    {
        return _kernels.Linear(rows_MC, _head_VC ?? _tokens_VC, bias_O: null);
    }

    /// <inheritdoc/>
    public override Tensor LossSum(Tensor rows_MC, Tensor targets_M, Tensor? weights_M = null)
    {
        return _kernels.HeadLossSum(rows_MC, _head_VC ?? _tokens_VC, targets_M, weights_M);
    }

    /// <inheritdoc/>
    public override PendingLoss BeginLoss(Tensor rows_MC, Tensor targets_M, Tensor? weights_M, Tensor scale)
    {
        return _kernels.BeginHeadLoss(rows_MC, _head_VC ?? _tokens_VC, targets_M, weights_M, scale);
    }

    /// <inheritdoc/>
    public override void ClearGradients() => ClearGradients(_head_VC is null ? _tokens_VC : null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _rotary?.Dispose();
        }
    }

    private static AheadHeads? BuildAhead(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        return spec.Ahead switch
        {
            null => null,
            { Kind: AheadKind.Parallel, Tokens: var tokens } => new ParallelHeads(spec, tokens, key, kernels),
            { Kind: AheadKind.Sequential, Tokens: var tokens } => new SequentialModules(spec, tokens, key, kernels),
            _ => new FutureDecoder(spec, spec.Ahead, key, kernels),
        };
    }

    private Tensor Through(int first, int end, Tensor x_NC, ModelInput input)
    {
        if (first == end)
        {
            return x_NC;
        }

        using var scope = torch.NewDisposeScope();
        var rotary = _rotary?.Rows(input);
        var delta_NC = null as Tensor;
        for (var layer = first; layer < end; layer++)
        {
            var block = _blocks[layer];
            if (Hooks is not null)
            {
                x_NC = Bordered(block, new BlockInput(x_NC, input.Rows, rotary, input.Mask), block.Forward);
                continue;
            }

            // What the next block is through with lives on in the graph where backward needs it, and goes where it does not.
            var (entered_NC, added_NC) = (x_NC, delta_NC);
            (x_NC, delta_NC) = Apart(block, new BlockInput(x_NC, input.Rows, rotary, input.Mask, delta_NC));
            if (added_NC is not null)
            {
                entered_NC.Dispose();
                added_NC.Dispose();
            }
        }

        return (delta_NC is null ? x_NC : x_NC + delta_NC).MoveToOuterDisposeScope();
    }

    private (Tensor X_NC, Tensor Delta_NC) Apart(DecoderBlock block, BlockInput input)
    {
        if (Checkpointing == ActivationCheckpointing.None)
        {
            return block.ForwardApart(input);
        }

        var outputs = RunAgain(input, read =>
        {
            var (x_NC, delta_NC) = block.ForwardApart(read);
            return [x_NC, delta_NC];
        });
        return (outputs[0], outputs[1]);
    }

    private Tensor Embedded(Tensor ids_BT, long start, long length)
    {
        var x_NC = _kernels.Embed(_tokens_VC, ids_BT.reshape(-1));
        if (_positions_TC is null)
        {
            return x_NC;
        }

        var x_BTC = x_NC.view(ids_BT.size(0), length, Spec.HiddenSize) + _kernels.Values(_positions_TC).narrow(0, start, length);
        return x_BTC.view(-1, Spec.HiddenSize);
    }

    private Tensor EmbeddedAt(Tensor ids_BT, Tensor positions_BT)
    {
        var x_NC = _kernels.Embed(_tokens_VC, ids_BT.reshape(-1));
        return _positions_TC is null ? x_NC : x_NC + _kernels.Embed(_positions_TC, positions_BT.reshape(-1));
    }
}
