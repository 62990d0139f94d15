namespace Granary.Training.Evaluation.Retrieval;

/// <summary>What is asked of a model.</summary>
public sealed record RetrievalPlan
{
    /// <summary>Where the items' random choices begin. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The tasks, by their names in <see cref="RetrievalTasks"/>. Default all.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = RetrievalTasks.Names;

    /// <summary>Tokens of a context with its question and answer, at most. Default 128, 256 and 512.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [128, 256, 512];

    /// <summary>Places in the context where the sentence asked for stands, evenly from its beginning to its end. Default 5; 1 is the middle.</summary>
    public int Depths { get; init; } = 5;

    /// <summary>Items of each length and place. Default 50.</summary>
    public int Items { get; init; } = 50;

    /// <summary>Answers that are ranked by their probability, the right one among them. Default 10.</summary>
    public int Candidates { get; init; } = 10;

    /// <summary>Keys in a multi-key context, the one asked for among them; fewer where they would fill more than half of it. Default 8.</summary>
    public int Pairs { get; init; } = 8;

    /// <summary>The places as shares of the context.</summary>
    internal IEnumerable<double> DepthShares => Enumerable.Range(0, Depths).Select(index => Depths == 1 ? 0.5 : index / (Depths - 1.0));
}
