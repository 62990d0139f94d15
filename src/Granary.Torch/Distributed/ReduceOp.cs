namespace Granary.Torch.Distributed;

/// <summary>How the values of several ranks become one.</summary>
public enum ReduceOp
{
    /// <summary>Their sum, added in the order of the ranks.</summary>
    Sum,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>The smallest.</summary>
    Min,
}
