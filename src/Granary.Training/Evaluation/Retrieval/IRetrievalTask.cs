using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>One kind of question about a world.</summary>
internal interface IRetrievalTask
{
    /// <summary>Its name, on the command line and in results.</summary>
    string Name { get; }

    /// <summary>The conditions it is measured under.</summary>
    IEnumerable<RetrievalCell> Cells(RetrievalPlan plan);

    /// <summary>The question of an item; <paramref name="key"/> is the item's own, and <paramref name="number"/> counts the cell's items from 0.</summary>
    RetrievalQuestion Ask(RetrievalWorld world, RetrievalPlan plan, RetrievalCell cell, RandomKey key, int number);
}
