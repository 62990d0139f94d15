using Granary.Models.Generation.Masked;
using Granary.Models.Language;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Mazes;

/// <summary>Lets a model write the paths of mazes.</summary>
internal sealed class MazeSolver
{
    // Positions that go through the model at once.
    private const int TokensPerPass = 32_768;

    private readonly MazeVocabulary _vocabulary;
    private readonly PositionWriter _writer;

    public MazeSolver(MazeRunConfig config, MazeVocabulary vocabulary, LanguageModel model)
    {
        _vocabulary = vocabulary;
        _writer = new PositionWriter(model, config.Ask, maskId: config.Ask == PositionAsk.MaskToken ? vocabulary.Mask : vocabulary.Padding, endId: vocabulary.PathEnd);
    }

    /// <summary>The answers to prompts, each of at most a number of tokens and up to the one that ends a path.</summary>
    internal IReadOnlyList<int[]> Solve(IReadOnlyList<int[]> prompts, int room, CancellationToken cancellationToken)
    {
        if (prompts.Count == 0)
        {
            return [];
        }

        var rowsPerPass = Math.Max(1, TokensPerPass / (prompts.Max(prompt => prompt.Length) + room));
        return [.. prompts.Chunk(rowsPerPass).SelectMany(part => SolveAtOnce(part, room, cancellationToken))];
    }

    /// <summary>Measures the model on the first mazes of a set.</summary>
    /// <remarks>An answer that grows longer than the longest solution of the set is cut off: it is wrong by then.</remarks>
    internal MazeScore Score(MazeTokenSet set, int count, CancellationToken cancellationToken)
    {
        var tasks = Enumerable.Range(0, Math.Min(count, set.Count)).ToList();
        var room = tasks.Max(task => set.Row(task).Length - set.PromptLength(task));
        var answers = Solve(tasks.ConvertAll(set.Prompt), room, cancellationToken);
        var (judge, score) = (new PathJudge(_vocabulary), new MazeScore());
        foreach (var (task, answer) in tasks.Zip(answers))
        {
            score.Add(judge.Judge(set.Maze(task), answer));
        }

        return score;
    }

    private IEnumerable<int[]> SolveAtOnce(int[][] prompts, int room, CancellationToken cancellationToken)
    {
        var rows = new OpenRows([.. prompts.Select(prompt => (ReadOnlyMemory<long>)Array.ConvertAll(prompt, id => (long)id))], room);
        _writer.Write(rows, cancellationToken);
        return prompts.Select((prompt, row) => Array.ConvertAll(rows.KnownPrefix(row)[prompt.Length..].ToArray(), id => (int)id));
    }
}
