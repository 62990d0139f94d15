namespace Granary.Training.Evaluation.Retrieval;

/// <summary>How a model does under some conditions.</summary>
/// <param name="Cell">The conditions.</param>
/// <param name="Items">How many items were asked.</param>
/// <param name="Exact">Of how many the greedy continuation is the right answer.</param>
/// <param name="Best">Of how many the right answer is the likeliest candidate.</param>
public sealed record RetrievalCellResult(RetrievalCell Cell, int Items, int Exact, int Best)
{
    /// <summary>How many candidates were ranked; one in so many is best by chance.</summary>
    public required int Candidates { get; init; }

    /// <summary>The mean rank of the right answer, from 1; half of one more than the candidates by chance.</summary>
    public required double MeanRank { get; init; }

    /// <summary>The mean negative logarithm of the right answer's probability.</summary>
    public required double Nats { get; init; }

    /// <summary>The mean number of tokens before the answer.</summary>
    public required double PromptTokens { get; init; }
}
