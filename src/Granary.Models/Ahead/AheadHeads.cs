using Granary.Models.Generation.Drafting;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>The modules that predict tokens further ahead. The final norm and the unembedding are the model's.</summary>
internal abstract class AheadHeads : Module
{
    /// <summary>Blocks of the model, counted from the last, that belong to the main head alone: the heads read what stands before them.</summary>
    public virtual int BlocksOfMainHead => 0;

    /// <summary>The modules that are gathered and reduced as one each over several ranks.</summary>
    public virtual IReadOnlyList<Module> Units => [this];

    /// <summary>Whether one of these heads has a name.</summary>
    public abstract bool Answers(string head);

    /// <summary>A head's rows before the final norm, and what the next head reads.</summary>
    /// <param name="states">The trunk's states, or those the head before handed on.</param>
    /// <param name="call">Which head.</param>
    /// <param name="told_NC">The embedded rows of what the head is told; null for a head that is told nothing.</param>
    /// <param name="rotary">The angles of the positions; null where the model learns positions.</param>
    /// <param name="cuts">Where the graph is cut between the heads of a chain.</param>
    public abstract HeadOutput Read(TrunkStates states, HeadCall call, Tensor? told_NC, RotaryRows? rotary, GradientCuts cuts);

    /// <summary>Whether the heads can guess while a text is written.</summary>
    public virtual bool CanDraft => false;

    /// <summary>The heads as a source of guesses for one text.</summary>
    public virtual IDraftHeads Draft(DraftParts parts) => throw new NotSupportedException($"Heads of kind '{GetType().Name}' cannot guess while a text is written.");
}
