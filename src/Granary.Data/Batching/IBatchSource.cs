namespace Granary.Data.Batching;

/// <summary>Gives the batch of a step, given nothing but the step's number.</summary>
public interface IBatchSource
{
    /// <summary>Steps there are; the last is one less.</summary>
    long TotalSteps { get; }

    /// <summary>Target positions in each step, over all ranks.</summary>
    long TokensPerStep { get; }

    /// <summary>SHA-256 of everything the order hangs on; a run may only be resumed under the same one.</summary>
    string OrderSha256 { get; }

    /// <summary>The batch of a step; the caller disposes it when its values are no longer needed.</summary>
    TokenBatch Load(long step);
}
