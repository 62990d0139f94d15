namespace Granary.Training.Evaluation.Retrieval;

/// <summary>What a model makes of an item.</summary>
/// <param name="IsExact">Whether its greedy continuation begins with the right answer.</param>
/// <param name="LogProbabilities">The logarithms of the candidates' probabilities, the right one's first.</param>
internal sealed record RetrievalScore(bool IsExact, IReadOnlyList<double> LogProbabilities)
{
    /// <summary>How many candidates are as probable as the right one or more, itself included.</summary>
    public int Rank => LogProbabilities.Count(probability => probability >= LogProbabilities[0]);
}
