namespace Granary.Training.Evaluation.Retrieval;

/// <summary>A question as a model reads it.</summary>
/// <param name="Prompt">The ids up to where the answer begins.</param>
/// <param name="Candidates">The ids of the answers to rank; the first is right.</param>
internal sealed record RetrievalItem(int[] Prompt, IReadOnlyList<int[]> Candidates)
{
    /// <summary>Where the sentence that holds the answer begins in the prompt; 0 when there is none.</summary>
    public int NeedleStart { get; init; }

    /// <summary>The position behind it; 0 when there is none.</summary>
    public int NeedleEnd { get; init; }

    /// <summary>How many of the prompt's ids are context; the others ask.</summary>
    public int ContextLength { get; init; }
}
