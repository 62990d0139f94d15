namespace Granary.Cluster.Generations;

/// <summary>Where a generation of ranks stands.</summary>
public enum GenerationEnd
{
    /// <summary>Its ranks wait for places, and none has one.</summary>
    Waits,

    /// <summary>Its ranks work, or come to their places.</summary>
    Goes,

    /// <summary>Some ranks have saved and ended because their nodes are needed; the others are about to.</summary>
    Ends,

    /// <summary>All ranks have done what there was to do.</summary>
    Done,

    /// <summary>All ranks have saved and ended.</summary>
    Saved,

    /// <summary>A rank failed.</summary>
    Failed,

    /// <summary>A rank's node is gone, or the generation was cancelled.</summary>
    Lost,

    /// <summary>No rank has moved for too long.</summary>
    Hangs,
}
