namespace Granary.Training.Evaluation.Retrieval;

/// <summary>The conditions that a number of items share.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Variant">What sets it apart within its task, such as the direction; empty when there is nothing.</param>
/// <param name="Length">Tokens of the context with question and answer, at most; 0 where there is no context to look back into.</param>
/// <param name="Depth">Where in the context the sentence asked for stands, from 0 to 1; null without such a context.</param>
public sealed record RetrievalCell(string Task, string Variant, int Length, double? Depth)
{
    /// <summary>Cells of every length and depth of a plan.</summary>
    internal static IEnumerable<RetrievalCell> Grid(RetrievalPlan plan, string task, string variant)
    {
        return plan.Lengths.SelectMany(length => plan.DepthShares.Select(depth => new RetrievalCell(task, variant, length, depth)));
    }
}
