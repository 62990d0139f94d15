using Granary.Data.Batching;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>Decides how much each row of a step counts in its loss.</summary>
internal interface IRowWeighting
{
    /// <summary>What a checkpoint must hold of it.</summary>
    IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>Settles the weights of a step's rows, before any of them is planned.</summary>
    void Settle(TokenBatch batch);

    /// <summary>The plan of some of these rows, weighed.</summary>
    ObjectivePlan Weigh(ObjectivePlan plan, BatchSlice rows);
}
