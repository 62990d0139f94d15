namespace Granary.Data.Batching;

/// <summary>Says which rows make up a step, as a pure function of the step's number.</summary>
public interface IStepSource
{
    /// <summary>Steps there are; the last is one less.</summary>
    long TotalSteps { get; }

    /// <summary>Target positions in each step.</summary>
    long TokensPerStep { get; }

    /// <summary>SHA-256 of everything the order hangs on; a run may only be resumed under the same one.</summary>
    string OrderSha256 { get; }

    /// <summary>The rows of a step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    StepPlan PlanAt(long step);
}
