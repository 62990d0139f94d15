namespace Granary.Pipelines.Mazes;

/// <summary>Writes mazes and paths in the papers' tokens.</summary>
public static class MazeTokenWriter
{
    /// <summary>The prompt, up to and with <c>&lt;PATH_START&gt;</c>, and behind it the answer.</summary>
    public static int[] Write(MazeVocabulary vocabulary, MazeTask task)
    {
        Check(vocabulary, task.Maze);
        var ids = new List<int>();
        if (vocabulary.Kind == MazeKind.Dfs)
        {
            WritePassages(vocabulary, task, ids);
        }
        else
        {
            WriteWalls(vocabulary, task.Maze, ids);
        }

        ids.Add(vocabulary.PathStart);
        ids.AddRange(WritePath(vocabulary, task.Path));
        return [.. ids];
    }

    /// <summary>The answer: the path's cells and the token that ends it.</summary>
    public static int[] WritePath(MazeVocabulary vocabulary, IReadOnlyList<int> path)
    {
        var first = vocabulary.FirstPlace;
        if (vocabulary.Kind == MazeKind.Dfs)
        {
            return [.. path.Select(cell => first + cell), vocabulary.PathEnd];
        }

        var plan = vocabulary.IdOf("plan");
        return [vocabulary.IdOf("bos"), .. path.SelectMany(cell => (int[])[plan, first + (cell % vocabulary.Size), first + (cell / vocabulary.Size)]), vocabulary.PathEnd];
    }

    internal static void Check(MazeVocabulary vocabulary, Maze maze)
    {
        if ((vocabulary.Kind, vocabulary.Size) != (maze.Kind, maze.Size))
        {
            throw new ArgumentException($"The vocabulary is of {vocabulary.Kind} mazes of size '{vocabulary.Size}' but the maze is {maze.Kind} of size '{maze.Size}'.", nameof(maze));
        }
    }

    private static void WritePassages(MazeVocabulary vocabulary, MazeTask task, List<int> ids)
    {
        var draws = new RandomDraws(task.Key);
        var passages = task.Maze.Passages.ToArray();
        draws.Shuffle<(int First, int Second)>(passages);
        var (cell, separator) = (vocabulary.FirstPlace, vocabulary.IdOf(";"));
        ids.Add(vocabulary.IdOf("<ADJLIST_START>"));
        foreach (var (first, second) in passages)
        {
            ids.AddRange(draws.Below(2) == 0 ? [cell + first, cell + second, separator] : [cell + second, cell + first, separator]);
        }

        ids.Add(vocabulary.IdOf("<ADJLIST_END>"));
        ids.AddRange([vocabulary.IdOf("<ORIGIN_START>"), cell + task.Maze.Start, vocabulary.IdOf("<ORIGIN_END>")]);
        ids.AddRange([vocabulary.IdOf("<TARGET_START>"), cell + task.Maze.Goal, vocabulary.IdOf("<TARGET_END>")]);
    }

    private static void WriteWalls(MazeVocabulary vocabulary, Maze maze, List<int> ids)
    {
        Add("start", maze.Start);
        Add("goal", maze.Goal);
        foreach (var wall in maze.Walls)
        {
            Add("wall", wall);
        }

        void Add(string word, int cell)
        {
            ids.AddRange([vocabulary.IdOf(word), vocabulary.FirstPlace + (cell % maze.Size), vocabulary.FirstPlace + (cell / maze.Size)]);
        }
    }
}
