namespace Granary.Distributed.Sequence.Schedules;

/// <summary>What belongs together in a direction.</summary>
internal static class PassPayloads
{
    /// <summary>What travels where queries do.</summary>
    internal static Payload[] WithQueries(bool isBackward)
    {
        return isBackward ? [Payload.Queries, Payload.OutputGradients] : [Payload.Queries];
    }

    /// <summary>The sum that belongs to queries.</summary>
    internal static Payload SumOfQueries(bool isBackward)
    {
        return isBackward ? Payload.QueryGradients : Payload.Outputs;
    }

    /// <summary>What a rank needs of others to compute all their positions; backward, operands that were kept need not come again.</summary>
    internal static Payload[] Operands(bool isBackward, bool areKept)
    {
        return !isBackward ? [Payload.Queries, Payload.KeyValues]
            : areKept ? [Payload.OutputGradients]
            : [Payload.Queries, Payload.KeyValues, Payload.OutputGradients];
    }

    /// <summary>All sums.</summary>
    internal static Payload[] Sums(bool isBackward)
    {
        return isBackward ? [Payload.QueryGradients, Payload.KeyValueGradients] : [Payload.Outputs];
    }
}
