namespace Granary.Models.Decoder;

/// <summary>How a family of models names and lays out its tensors in Hugging Face's checkpoints.</summary>
public interface IStateNames
{
    /// <summary>Every foreign tensor, in the order in which checkpoints list them; together they fill every own tensor once.</summary>
    IReadOnlyList<StateSlice> Slices(DecoderSpec spec);

    /// <summary>
    /// The name that <see cref="Slices"/> uses for a name found in a file, which may lack a prefix; null for a buffer
    /// that holds nothing to learn.
    /// </summary>
    string? Canonical(string found);
}
