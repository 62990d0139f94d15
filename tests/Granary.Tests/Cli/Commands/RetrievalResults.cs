using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands.Tests;

/// <summary>Made-up results of `granary eval --long`.</summary>
internal static class RetrievalResults
{
    /// <summary>Two panels of two lengths and three depths, and two ways to ask for facts.</summary>
    internal static IReadOnlyList<RetrievalCellResult> All()
    {
        return
        [
            .. new[] { string.Empty, "forward" }.SelectMany(variant => new[] { 64, 128 }.SelectMany(length => new[] { 0, 0.5, 1 }.Select(depth =>
                Cell(variant.Length == 0 ? "key-value" : "context-reversal", variant, length, depth, exact: 7)))),
            Cell("reversal", "forward, told forward only", 0, depth: null, exact: 10),
            Cell("reversal", "backward, told forward only", 0, depth: null, exact: 0),
        ];
    }

    internal static RetrievalCellResult Cell(string task, string variant, int length, double? depth, int exact)
    {
        return new RetrievalCellResult(new RetrievalCell(task, variant, length, depth), Items: 10, exact, Best: 9) { Candidates = 10, MeanRank = 1.5, Nats = 0.3, PromptTokens = length };
    }
}
