using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>
/// One block for each distance beyond 1. The main head is the model's own last block, so the heads read what goes into
/// that one, and a model without them is the plain model.
/// </summary>
internal sealed class ParallelHeads : AheadHeads
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<DecoderBlock> _blocks;

    public ParallelHeads(DecoderSpec spec, int tokens, RandomKey? key, ILayerKernels kernels)
    {
        _blocks = new ModuleList<DecoderBlock>(Enumerable.Range(0, tokens - 1).Select(head => new DecoderBlock(spec, key?.Fold(head), kernels)));
        RegisterComponents();
    }

    public override int BlocksOfMainHead => 1;

    public override IReadOnlyList<Module> Units => [.. _blocks];

    public override bool Answers(string head) => HeadCall.DistanceOf(head) is { } distance && distance >= 2 && distance < _blocks.Count + 2;

    public override HeadOutput Read(TrunkStates states, HeadCall call, Tensor? told_NC, RotaryRows? rotary, GradientCuts cuts)
    {
        var block = _blocks[HeadCall.DistanceOf(call.Name)!.Value - 2];
        return new HeadOutput(block.Forward(states.Hidden_NC, states.Input.Rows, rotary, states.Input.Mask), states);
    }

    public override bool CanDraft => true;

    public override IDraftHeads Draft(DraftParts parts) => new ParallelDraftHeads([.. _blocks], parts);
}
