using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>
/// A small decoder that says the N tokens behind a position from the position's state alone: the state is expanded by one
/// product to a pseudo-sequence of P vectors, which the decoder looks at while it is told the tokens one by one. Positions
/// share weights and nothing else, so each is a row of its own here. Cost: N + P rows for each position asked. Shape
/// letters: S positions asked of all rows, M = S * N.
/// </summary>
internal sealed class FutureDecoder : AheadHeads
{
    [ComponentName(Name = "state_norm")]
    private readonly Norm _stateNorm;

    [ComponentName(Name = "expansion")]
    private readonly Projection _expansion;

    [ComponentName(Name = "offsets")]
    private readonly Tensor _offsets_NC;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<FutureBlock> _blocks;

    private readonly ILayerKernels _kernels;
    private readonly int _width;
    private readonly int _tokens;

    public FutureDecoder(DecoderSpec spec, AheadSpec ahead, RandomKey? key, ILayerKernels kernels)
    {
        var future = ahead.Future ?? throw new ArgumentException("A future decoder has no shape; give AheadSpec.Future.", nameof(ahead));
        _kernels = kernels;
        _width = spec.HiddenSize;
        _tokens = ahead.Tokens;
        _stateNorm = new Norm(_width, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _expansion = new Projection(_width, future.PseudoTokens * (long)_width, hasBias: true, spec.InitializerRange, key?.Use("expansion"), kernels);
        _offsets_NC = ParameterDraw.Normal([_tokens, _width], spec.InitializerRange, key?.Use("offsets"));
        _blocks = new ModuleList<FutureBlock>(Enumerable.Range(0, future.DecoderLayers).Select(layer => new FutureBlock(spec, key?.Use("layers").Fold(layer), kernels)));
        RegisterComponents();
    }

    public override bool Answers(string head) => head == HeadCall.Future;

    public override HeadOutput Read(TrunkStates states, HeadCall call, Tensor? told_NC, RotaryRows? rotary, GradientCuts cuts)
    {
        if (told_NC is null)
        {
            throw new ArgumentException($"Head '{call.Name}' is told nothing but must be given the {_tokens} ids before those it says, [B, A, {_tokens}].", nameof(call));
        }

        var asked_SC = Asked(states, call.Columns_A);
        var positions = asked_SC.size(0);
        var pseudo_QC = _expansion.Forward(_stateNorm.Forward(asked_SC)).view(-1, _width);
        var x_MC = (Told(told_NC.view(positions, _tokens, _width)) + _kernels.Values(_offsets_NC)).view(-1, _width);
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            x_MC = _blocks[layer].Forward(x_MC, pseudo_QC, positions);
        }

        return new HeadOutput(x_MC, states);
    }

    private Tensor Asked(TrunkStates states, Tensor? columns_A)
    {
        if (columns_A is null)
        {
            return states.Hidden_NC;
        }

        var hidden_BTC = states.Hidden_NC.view(states.Input.Rows, states.Input.Length, _width);
        return hidden_BTC.index_select(1, columns_A).view(-1, _width);
    }

    // The first token is said from the state alone: what stands in its place is not read.
    private Tensor Told(Tensor told_SNC)
    {
        var none_S1C = torch.zeros_like(told_SNC.narrow(1, 0, 1));
        return torch.cat([none_S1C, told_SNC.narrow(1, 1, _tokens - 1)], dim: 1);
    }
}
