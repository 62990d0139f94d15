using Granary.Core.Randomness;
using Granary.Distributed.Units;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Past;

/// <summary>
/// Encoder and decoder. The encoder's positions see each other by the input's mask, which leaves hidden ones out as keys;
/// the decoder's rows all begin as one learned vector, tell their places by rotary angles alone, and read the encoder by
/// the same mask. So what a hidden position is predicted from holds neither its token nor any other hidden one.
/// Single-device code. Shape letters: B rows, T positions, N = B * T, C width, V vocabulary.
/// </summary>
public sealed class PastModel : LanguageModel
{
    [ComponentName(Name = "embed_tokens")]
    private readonly Tensor _tokens_VC;

    [ComponentName(Name = "query")]
    private readonly Tensor _query_1C;

    [ComponentName(Name = "encoder")]
    private readonly ModuleList<EncoderBlock> _encoder;

    [ComponentName(Name = "encoder_norm")]
    private readonly Norm _encoderNorm;

    [ComponentName(Name = "decoder")]
    private readonly ModuleList<QueryBlock> _decoder;

    [ComponentName(Name = "final_norm")]
    private readonly Norm _norm;

    private readonly ILayerKernels _kernels;
    private readonly RotaryTable _rotary;

    /// <summary>Draws the initial parameters from a key; without one their content is arbitrary, for a caller that loads them.</summary>
    public PastModel(PastSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        using var draws = ParameterDraws.Begin();
        Spec = spec;
        _kernels = kernels;
        _tokens_VC = ParameterDraw.Normal([spec.VocabSize, spec.HiddenSize], spec.InitializerRange, key?.Use("embed_tokens"));
        _query_1C = ParameterDraw.Normal([1, spec.HiddenSize], spec.InitializerRange, key?.Use("query"));
        _encoder = new ModuleList<EncoderBlock>(Enumerable.Range(0, spec.NumHiddenLayers).Select(layer => new EncoderBlock(spec, key?.Use("encoder").Fold(layer), kernels)));
        _encoderNorm = new Norm(spec.HiddenSize, isLayerNorm: true, spec.NormEpsilon, kernels);
        _decoder = new ModuleList<QueryBlock>(Enumerable.Range(0, spec.NumHiddenLayers).Select(layer => new QueryBlock(spec, key?.Use("decoder").Fold(layer), kernels)));
        _norm = new Norm(spec.HiddenSize, isLayerNorm: true, spec.NormEpsilon, kernels);
        _rotary = new RotaryTable(spec.MaxPositionEmbeddings, spec.Attention.HeadDim, spec.RopeTheta);
        RegisterComponents();
    }

    /// <summary>What the model was built from.</summary>
    public override PastSpec Spec { get; }

    /// <inheritdoc/>
    public override ModelUnits Units => new([.. _encoder, .. _decoder], _encoder.Count + _decoder.Count, [], [.. _norm.parameters()]);

    /// <summary>Reads ids [B, T] that the mask leaves visible; the states are the decoder's, one for each position.</summary>
    public override TrunkStates Trunk(ModelInput input)
    {
        CheckLength(input.RowLength);
        var rotary = _rotary.Rows(input);
        var memories = Encoded(input, rotary);
        var x_NC = _kernels.Values(_query_1C).expand([input.Rows * input.Length, Spec.HiddenSize]).contiguous();
        for (var layer = 0; layer < _decoder.Count; layer++)
        {
            var (block, memory_NC) = (_decoder[layer], memories[layer]);
            x_NC = Bordered(block, new BlockInput(x_NC, input.Rows, rotary, input.Mask, Memory_NC: memory_NC), block.Forward);
        }

        return new TrunkStates(input, x_NC);
    }

    /// <inheritdoc/>
    public override HeadOutput Read(TrunkStates states, HeadCall call, GradientCuts cuts)
    {
        return call.Name == HeadCall.Main
            ? new HeadOutput(_norm.Forward(states.Hidden_NC), states)
            : throw new ArgumentException($"The model has no head '{call.Name}'; it has '{HeadCall.Main}' only.", nameof(call));
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor rows_MC) => _kernels.Linear(rows_MC, _tokens_VC, bias_O: null);

    /// <inheritdoc/>
    public override Tensor LossSum(Tensor rows_MC, Tensor targets_M, Tensor? weights_M = null)
    {
        return _kernels.HeadLossSum(rows_MC, _tokens_VC, targets_M, weights_M);
    }

    /// <inheritdoc/>
    public override PendingLoss BeginLoss(Tensor rows_MC, Tensor targets_M, Tensor? weights_M, Tensor scale)
    {
        return _kernels.BeginHeadLoss(rows_MC, _tokens_VC, targets_M, weights_M, scale);
    }

    /// <inheritdoc/>
    public override void ClearGradients() => ClearGradients(_tokens_VC);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _rotary.Dispose();
        }
    }

    // What each block of the decoder reads.
    private List<Tensor> Encoded(ModelInput input, RotaryRows rotary)
    {
        var x_NC = _kernels.Embed(_tokens_VC, input.Ids_BT.reshape(-1));
        var layers = new List<Tensor>(_encoder.Count);
        foreach (var block in _encoder)
        {
            // Through a view, so that a block's own gradients of what goes in are added before the decoder's, whether it runs again or not.
            x_NC = Bordered(block, new BlockInput(x_NC.view(x_NC.shape), input.Rows, rotary, input.Mask), block.Forward);
            layers.Add(x_NC);
        }

        if (!Spec.StackEncDec)
        {
            return layers.ConvertAll(_encoderNorm.Forward);
        }

        var memory_NC = _encoderNorm.Forward(x_NC);
        return [.. Enumerable.Repeat(memory_NC, _decoder.Count)];
    }
}
