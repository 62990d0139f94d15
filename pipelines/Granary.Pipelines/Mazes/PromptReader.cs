namespace Granary.Pipelines.Mazes;

/// <summary>Reads the tokens of a prompt one after another and keeps the first fault.</summary>
internal sealed class PromptReader(MazeVocabulary vocabulary, int[] ids)
{
    private int _place;

    /// <summary>The first fault, a sentence; null while there is none.</summary>
    public string? Fault { get; private set; }

    private bool IsAtEnd => _place == ids.Length;

    /// <summary>A prompt with passages.</summary>
    public Maze? ReadPassages()
    {
        var passages = new List<(int First, int Second)>();
        Expect("<ADJLIST_START>");
        while (Fault is null && !Take("<ADJLIST_END>"))
        {
            var place = _place;
            passages.Add((ReadPlace(), ReadPlace()));
            Expect(";");
            Require(Fault is not null || IsPassage(passages[^1]), place, "a passage between two neighbouring cells");
        }

        var start = ReadEnclosed("<ORIGIN_START>", "<ORIGIN_END>");
        var goal = ReadEnclosed("<TARGET_START>", "<TARGET_END>");
        Require(IsAtEnd, _place, "<PATH_START>");
        return Fault is null ? Maze.FromPassages(vocabulary.Size, passages, start, goal) : null;
    }

    /// <summary>A prompt with walls.</summary>
    public Maze? ReadWalls()
    {
        Expect("start");
        var start = ReadCell();
        Expect("goal");
        var goal = ReadCell();
        var walls = new List<int>();
        while (Fault is null && !IsAtEnd)
        {
            Expect("wall");
            walls.Add(ReadCell());
        }

        return Fault is null ? Maze.FromWalls(vocabulary.Size, walls, start, goal) : null;
    }

    private bool IsPassage((int First, int Second) pair)
    {
        var (low, high) = (Math.Min(pair.First, pair.Second), Math.Max(pair.First, pair.Second));
        return high == low + vocabulary.Size || (high == low + 1 && high % vocabulary.Size != 0);
    }

    private int ReadEnclosed(string before, string after)
    {
        Expect(before);
        var cell = ReadPlace();
        Expect(after);
        return cell;
    }

    private int ReadCell()
    {
        var x = ReadPlace();
        return (ReadPlace() * vocabulary.Size) + x;
    }

    private int ReadPlace()
    {
        var place = IsAtEnd ? -1 : vocabulary.PlaceOf(ids[_place]);
        Require(place >= 0, _place, vocabulary.Kind == MazeKind.Dfs ? "a cell" : "a number");
        _place += Fault is null ? 1 : 0;
        return place;
    }

    private void Expect(string token)
    {
        Require(Take(token), _place, $"'{token}'");
    }

    private bool Take(string token)
    {
        var isThere = !IsAtEnd && ids[_place] == vocabulary.IdOf(token);
        _place += isThere ? 1 : 0;
        return isThere;
    }

    private void Require(bool holds, int place, string wanted)
    {
        if (!holds)
        {
            var found = place < ids.Length ? vocabulary.TextOf(ids[place]) : "<PATH_START>";
            Fault ??= $"Token {place + 1} is '{found}' but must be {wanted} in a maze of {vocabulary.Size} by {vocabulary.Size}.";
        }
    }
}
