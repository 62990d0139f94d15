namespace Granary.Models.Language;

/// <summary>What of a block's forward pass is kept for backward.</summary>
public enum ActivationCheckpointing
{
    /// <summary>All that backward reads: the most memory, and nothing is computed twice.</summary>
    None,

    /// <summary>What goes into a block and what attention gave in it; all else is computed again, attention is not.</summary>
    Selective,

    /// <summary>What goes into a block; backward runs the whole block again.</summary>
    Full,

    /// <summary>The cheapest of these that fits into the machine's memory, by what is planned.</summary>
    Auto,
}
