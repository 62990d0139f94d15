using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives;

/// <summary>
/// Decides what the model is shown and what it must say. A pure function of the rows and a key: it reads no rank, no
/// clock and no model.
/// </summary>
public interface IObjective
{
    /// <summary>What <c>type:</c> says.</summary>
    string Name { get; }

    /// <summary>The plan for some rows of a step; the key is the step's, for draws by row. A mask's tensors belong to the caller's dispose scope.</summary>
    ObjectivePlan Prepare(BatchSlice rows, RandomKey key);
}
