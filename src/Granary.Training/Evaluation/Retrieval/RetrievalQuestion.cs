using Granary.Data.Retrieval;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>A question in words, before it has a context.</summary>
/// <param name="Asked">The sentence whose end is asked for.</param>
/// <param name="Candidates">Answers to rank, all different; the first is right.</param>
internal sealed record RetrievalQuestion(Statement Asked, IReadOnlyList<string> Candidates)
{
    /// <summary>The sentence in the context that holds the answer; null where the model must know it by heart.</summary>
    public Statement? Needle { get; init; }

    /// <summary>Sentences that stand in the context too, as far as they fit into half of it.</summary>
    public IReadOnlyList<Statement> Others { get; init; } = [];
}
