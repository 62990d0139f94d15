namespace Granary.Training.Evaluation.Retrieval;

/// <summary>Answers items.</summary>
internal interface IRetrievalScorer
{
    /// <summary>A score for each item, in their order.</summary>
    IReadOnlyList<RetrievalScore> Score(IReadOnlyList<RetrievalItem> items);
}
