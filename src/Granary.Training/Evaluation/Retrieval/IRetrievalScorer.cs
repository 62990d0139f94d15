namespace Granary.Training.Evaluation.Retrieval;

/// <summary>Answers items.</summary>
internal interface IRetrievalScorer
{
    /// <summary>How many tokens are read to answer an item: its share of the work.</summary>
    long TokensOf(RetrievalItem item);

    /// <summary>A score for each item, in their order.</summary>
    IReadOnlyList<RetrievalScore> Score(IReadOnlyList<RetrievalItem> items);
}
