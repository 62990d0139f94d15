using System.Text.Json.Nodes;

namespace Granary.Cli.Planning;

/// <summary>What a rank holds at its fullest, in bytes.</summary>
/// <param name="Parameters">Parameters that are there at once.</param>
/// <param name="Gradients">Gradients of parameters.</param>
/// <param name="Optimizer">The optimizer's state.</param>
/// <param name="Activations">What a portion's forward pass keeps for backward, and gradients on their way through a block.</param>
/// <param name="Logits">The portion's logits.</param>
/// <param name="Communication">Buffers of exchanges.</param>
/// <param name="Runtime">Libraries, code and the runtime itself.</param>
/// <param name="Checkpoint">What the first rank holds beside that, in main memory: the copy of a checkpoint while it is written.</param>
internal sealed record RankBytes(double Parameters, double Gradients, double Optimizer, double Activations, double Logits, double Communication, double Runtime, double Checkpoint)
{
    /// <summary>All that every rank holds.</summary>
    internal double Total => Parameters + Gradients + Optimizer + Activations + Logits + Communication + Runtime;

    /// <summary>What the first rank holds where its tensors are in main memory.</summary>
    internal double FirstRankTotal => Total + Checkpoint;

    internal JsonObject ToJson()
    {
        return new JsonObject
        {
            ["parameters"] = Math.Round(Parameters),
            ["gradients"] = Math.Round(Gradients),
            ["optimizer"] = Math.Round(Optimizer),
            ["activations"] = Math.Round(Activations),
            ["logits"] = Math.Round(Logits),
            ["communication"] = Math.Round(Communication),
            ["runtime"] = Math.Round(Runtime),
            ["total"] = Math.Round(Total),
            ["checkpoint"] = Math.Round(Checkpoint),
            ["first_rank_total"] = Math.Round(FirstRankTotal),
        };
    }
}
