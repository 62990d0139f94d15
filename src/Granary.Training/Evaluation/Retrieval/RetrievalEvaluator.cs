using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Data.Retrieval;
using Granary.Data.Tokenization;
using Granary.Models.Language;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>
/// Measures whether a model finds what stands in its context, wherever it stands, and whether it knows what it learned the
/// other way round too. An item is a function of (world, filler, seed, task, variant, length, depth, number) alone.
/// </summary>
public sealed class RetrievalEvaluator
{
    private const int ItemsPerPortion = 32;

    private readonly IRetrievalScorer _scorer;
    private readonly PromptWriter _writer;
    private readonly RetrievalWorld _world;

    /// <summary>Asks a model, which stays the caller's, about a world.</summary>
    public RetrievalEvaluator(LanguageModel model, Tokenizer tokenizer, RetrievalWorld world, IFiller filler)
        : this(new ModelScorer(model), tokenizer, world, filler)
    {
    }

    internal RetrievalEvaluator(IRetrievalScorer scorer, Tokenizer tokenizer, RetrievalWorld world, IFiller filler)
    {
        _scorer = scorer;
        _writer = new PromptWriter(tokenizer, filler);
        _world = world;
    }

    /// <summary>The results of all cells of a plan, in the order of its tasks.</summary>
    /// <exception cref="ConfigurationException">A length is too short for a question.</exception>
    public IReadOnlyList<RetrievalCellResult> Evaluate(RetrievalPlan plan, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var cells = plan.Tasks.Select(RetrievalTasks.Of).SelectMany(task => task.Cells(plan).Select(cell => (cell, items: Items(task, plan, cell).ToList()))).ToList();
        var results = new List<RetrievalCellResult>(cells.Count);
        var total = cells.Sum(entry => entry.items.Sum(item => _scorer.TokensOf(item)));
        var done = 0L;
        foreach (var (cell, items) in cells)
        {
            var scores = new List<RetrievalScore>(items.Count);
            foreach (var portion in items.Chunk(ItemsPerPortion))
            {
                cancellationToken.ThrowIfCancellationRequested();
                scores.AddRange(_scorer.Score(portion));
                done += portion.Sum(item => _scorer.TokensOf(item));
                progress?.Report(new ProgressUpdate("asking", done, total, "tokens"));
            }

            results.Add(ToResult(cell, items, scores));
        }

        return results;
    }

    /// <summary>The items of a cell.</summary>
    internal IEnumerable<RetrievalItem> Items(IRetrievalTask task, RetrievalPlan plan, RetrievalCell cell)
    {
        var depth = cell.Depth is { } share ? (long)Math.Round(share * 1e6) : -1;
        var key = RandomKey.FromSeed(plan.Seed).Use("retrieval-items").Use(task.Name).Use(cell.Variant).Fold(cell.Length).Fold(depth);
        for (var number = 0; number < plan.Items; number++)
        {
            var item = key.Fold(number);
            yield return _writer.Write(task.Ask(_world, plan, cell, item, number), cell, item);
        }
    }

    private static RetrievalCellResult ToResult(RetrievalCell cell, List<RetrievalItem> items, List<RetrievalScore> scores)
    {
        return new RetrievalCellResult(cell, items.Count, scores.Count(score => score.IsExact), scores.Count(score => score.Rank == 1))
        {
            Candidates = items[0].Candidates.Count,
            MeanRank = scores.Average(score => score.Rank),
            Nats = -scores.Average(score => score.LogProbabilities[0]),
            PromptTokens = items.Average(item => item.Prompt.Length),
        };
    }
}
