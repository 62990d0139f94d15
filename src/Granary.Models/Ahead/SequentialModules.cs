using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>
/// A chain of modules, one for each distance beyond 1. Module k joins the normed states of the one before with the normed
/// embedding of the token k positions on, projects [embedding; state] back to the width, and runs a block.
/// </summary>
internal sealed class SequentialModules : AheadHeads
{
    [ComponentName(Name = "modules")]
    private readonly ModuleList<SequentialModule> _modules;

    public SequentialModules(DecoderSpec spec, int tokens, RandomKey? key, ILayerKernels kernels)
    {
        _modules = new ModuleList<SequentialModule>(Enumerable.Range(0, tokens - 1).Select(depth => new SequentialModule(spec, key?.Fold(depth), kernels)));
        RegisterComponents();
    }

    public override IReadOnlyList<Module> Units => [.. _modules];

    public override bool Answers(string head) => HeadCall.DistanceOf(head) is { } distance && distance >= 2 && distance < _modules.Count + 2;

    public override HeadOutput Read(TrunkStates states, HeadCall call, Tensor? told_NC, RotaryRows? rotary, GradientCuts cuts)
    {
        var distance = HeadCall.DistanceOf(call.Name)!.Value;
        if (told_NC is null)
        {
            throw new ArgumentException($"Head '{call.Name}' is told nothing but must be given the ids {distance - 1} positions on, [B, T].", nameof(call));
        }

        // The loss of this head and the next module both read the states, so they are cut there. Gradients come to a module only
        // when the last head has run, and the histories of all modules until then would be more than one head's logits.
        var hidden_NC = cuts.CutRecomputed(
            () => _modules[distance - 2].Forward(states.Hidden_NC, told_NC, states.Input, rotary),
            rotary is { } angles ? [told_NC, angles.Cos_TR, angles.Sin_TR] : [told_NC]);
        return new HeadOutput(hidden_NC, states with { Hidden_NC = hidden_NC });
    }

    public override bool CanDraft => true;

    public override IDraftHeads Draft(DraftParts parts) => new SequentialDraftModules([.. _modules], parts);
}
