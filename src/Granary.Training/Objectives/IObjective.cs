using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives;

/// <summary>
/// Decides what the model is shown and what it must say. A pure function of the rows and a key: it reads no rank, no
/// clock, no model and makes no tensor.
/// </summary>
public interface IObjective
{
    /// <summary>What <c>type:</c> says.</summary>
    string Name { get; }

    /// <summary>The plan for some rows of a step. The key is the step's; a row draws from the stream of its number in the step, <see cref="BatchSlice.FirstRow"/> + its index.</summary>
    ObjectivePlan Prepare(BatchSlice rows, RandomKey key);
}
