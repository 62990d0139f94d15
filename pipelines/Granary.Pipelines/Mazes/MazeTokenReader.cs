namespace Granary.Pipelines.Mazes;

/// <summary>Reads what <see cref="MazeTokenWriter"/> writes; what is no maze or path is a finding, not an exception.</summary>
public static class MazeTokenReader
{
    private const int TokensPerStep = 3; // of a plan: "plan x y"

    /// <summary>The maze of a prompt, with or without an answer behind it; null, and a sentence that says why, when it is none.</summary>
    public static Maze? Read(MazeVocabulary vocabulary, ReadOnlySpan<int> ids, out string? fault)
    {
        var end = ids.IndexOf(vocabulary.PathStart);
        if (end < 0)
        {
            fault = $"There is no '{vocabulary.TextOf(vocabulary.PathStart)}', with which every prompt ends.";
            return null;
        }

        var prompt = new PromptReader(vocabulary, ids[..end].ToArray());
        var maze = vocabulary.Kind == MazeKind.Dfs ? prompt.ReadPassages() : prompt.ReadWalls();
        fault = prompt.Fault;
        return fault is null ? maze : null;
    }

    /// <summary>The cells of an answer, as far as the tokens are those of a path.</summary>
    public static PathReading ReadPath(MazeVocabulary vocabulary, ReadOnlySpan<int> ids)
    {
        return vocabulary.Kind == MazeKind.Dfs ? ReadCells(vocabulary, ids) : ReadPlan(vocabulary, ids);
    }

    private static PathReading ReadCells(MazeVocabulary vocabulary, ReadOnlySpan<int> ids)
    {
        var cells = new List<int>();
        for (var i = 0; i < ids.Length; i++)
        {
            var cell = vocabulary.PlaceOf(ids[i]);
            if (cell < 0)
            {
                return ids[i] == vocabulary.PathEnd ? PathReading.Whole(cells, i) : PathReading.Broken(cells, i);
            }

            cells.Add(cell);
        }

        return PathReading.Cut(cells, ids.Length);
    }

    private static PathReading ReadPlan(MazeVocabulary vocabulary, ReadOnlySpan<int> ids)
    {
        var cells = new List<int>();
        if (ids.Length > 0 && ids[0] != vocabulary.IdOf("bos"))
        {
            return PathReading.Broken(cells, 0);
        }

        for (var i = 1; i < ids.Length; i += TokensPerStep)
        {
            if (ids[i] == vocabulary.PathEnd)
            {
                return PathReading.Whole(cells, i);
            }

            var step = ids.Slice(i, Math.Min(TokensPerStep, ids.Length - i));
            var right = CountRight(vocabulary, step);
            if (right < step.Length)
            {
                return PathReading.Broken(cells, i + right);
            }

            if (step.Length == TokensPerStep)
            {
                cells.Add((vocabulary.PlaceOf(step[2]) * vocabulary.Size) + vocabulary.PlaceOf(step[1]));
            }
        }

        return PathReading.Cut(cells, ids.Length);
    }

    // Of "plan x y", the first tokens that are what they must be.
    private static int CountRight(MazeVocabulary vocabulary, ReadOnlySpan<int> step)
    {
        var right = 0;
        while (right < step.Length && (right == 0 ? step[0] == vocabulary.IdOf("plan") : vocabulary.PlaceOf(step[right]) >= 0))
        {
            right++;
        }

        return right;
    }
}
