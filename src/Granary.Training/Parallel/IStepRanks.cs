using Granary.Checkpoints.Sharded;
using Granary.Training.Objectives;

namespace Granary.Training.Parallel;

/// <summary>What a trainer's ranks do together. All ranks call the same methods in the same order.</summary>
internal interface IStepRanks
{
    /// <summary>Whether this is the rank that reports and writes.</summary>
    bool IsFirst { get; }

    /// <summary>What the last step took beyond the computation, for its report.</summary>
    IReadOnlyDictionary<string, double> Numbers { get; }

    /// <summary>What the step is over all ranks.</summary>
    StepPlan Agree(IReadOnlyList<ObjectivePlan> plans, long tokens);

    /// <summary>Runs this rank's views forward and back, and sums the gradients.</summary>
    void Run(StepPlan plan, IEnumerable<ObjectiveView> views, Action<ObjectiveView> run);

    /// <summary>What the step came to.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="losses">This rank's part of the losses.</param>
    /// <param name="stops">Whether this rank wants to stop after the step.</param>
    /// <param name="saves">Whether this rank wants a checkpoint after the step; the first one's wish counts.</param>
    StepOutcome Sum(StepPlan plan, StepLoss losses, bool stops, bool saves);

    /// <summary>Takes an update.</summary>
    void Update(long update, double learningRate, double gradientScale);

    /// <summary>Leaves an update out.</summary>
    void Skip();

    /// <summary>A sentence of all ranks' words.</summary>
    string Join(string words);

    /// <summary>What the first rank says.</summary>
    bool AsFirst(bool says);

    /// <summary>All parameters on every rank until disposed, for what runs the model outside of steps.</summary>
    IDisposable? WholeModel();

    /// <summary>Waits for what is on its way, when no step follows.</summary>
    void Finish();

    /// <summary>Copies of parameters and optimizer state; null on a rank that does not write.</summary>
    CheckpointSnapshot? Snapshot(long step, IReadOnlyDictionary<string, string> facts);
}
