namespace Granary.Distributed;

/// <summary>What of the training state each rank keeps only its part of. The updates are the same bits in all three.</summary>
public enum Sharding
{
    /// <summary>Nothing: every rank holds all parameters, gradients and optimizer state.</summary>
    None,

    /// <summary>The optimizer's state.</summary>
    Optimizer,

    /// <summary>Parameters and gradients too: a block's are gathered ahead of its use and freed after.</summary>
    Full,
}
