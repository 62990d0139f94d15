using System.Globalization;

namespace Granary.Pipelines.Mazes;

/// <summary>
/// The tokens of a kind and size and their ids: five special ones, the words of the format, then a token for each cell
/// (Dfs) or for each number that x and y share (AStar).
/// </summary>
public sealed class MazeVocabulary
{
    private const string Pad = "[PAD]";
    private const string UnknownText = "[UNK]";
    private const string PathStartText = "<PATH_START>";
    private const int TableMultiple = 128;

    private static readonly string[] Special = [Pad, "[MASK]", "[BOS]", "[EOS]", UnknownText];
    private static readonly string[] DfsWords = ["<ADJLIST_START>", "<ADJLIST_END>", "<ORIGIN_START>", "<ORIGIN_END>", "<TARGET_START>", "<TARGET_END>", PathStartText, "<PATH_END>", ";"];
    private static readonly string[] AStarWords = [PathStartText, "bos", "eos", "start", "goal", "wall", "plan"];

    private readonly string[] _texts;
    private readonly Dictionary<string, int> _ids;

    /// <summary>Creates the vocabulary of a kind and size.</summary>
    public MazeVocabulary(MazeKind kind, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Maze.LargestSize);
        Kind = kind;
        Size = size;
        string[] words = [.. Special, .. kind == MazeKind.Dfs ? DfsWords : AStarWords];
        FirstPlace = words.Length;
        _texts = [.. words, .. kind == MazeKind.Dfs ? Cells(size) : Numbers(size)];
        _ids = _texts.Select((text, id) => (text, id)).ToDictionary(entry => entry.text, entry => entry.id, StringComparer.Ordinal);
        PathStart = _ids[PathStartText];
        PathEnd = _ids[kind == MazeKind.Dfs ? "<PATH_END>" : "eos"];
    }

    /// <summary>The kind of the mazes.</summary>
    public MazeKind Kind { get; }

    /// <summary>The size of the mazes.</summary>
    public int Size { get; }

    /// <summary>Tokens there are.</summary>
    public int Count => _texts.Length;

    /// <summary>Rows of an embedding table: the tokens, rounded up to a multiple of 128.</summary>
    public int PaddedCount => (Count + TableMultiple - 1) / TableMultiple * TableMultiple;

    /// <summary>What fills a row behind its maze.</summary>
    public int Padding => _ids[Pad];

    /// <summary>What an objective may put in a token's place.</summary>
    public int Mask => _ids["[MASK]"];

    /// <summary>Stands for a text that is no token.</summary>
    public int Unknown => _ids[UnknownText];

    /// <summary>The last token of a prompt.</summary>
    public int PathStart { get; }

    /// <summary>The last token of an answer: <c>&lt;PATH_END&gt;</c>, in AStar mazes <c>eos</c>.</summary>
    public int PathEnd { get; }

    // The id of cell 0, or of the number 0.
    internal int FirstPlace { get; }

    /// <summary>The id of a token, or <see cref="Unknown"/>.</summary>
    public int IdOf(string token)
    {
        return _ids.GetValueOrDefault(token, Unknown);
    }

    /// <summary>The token of an id; any number may be asked about.</summary>
    public string TextOf(int id)
    {
        return id >= 0 && id < _texts.Length ? _texts[id] : UnknownText;
    }

    /// <summary>The ids of tokens that stand with blanks between them.</summary>
    public int[] Encode(string line)
    {
        return [.. line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(IdOf)];
    }

    /// <summary>Tokens with a blank between them.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        return string.Join(' ', ids.Select(TextOf));
    }

    /// <summary>The cell (Dfs) or the number (AStar) of an id; -1 when it is neither.</summary>
    internal int PlaceOf(int id)
    {
        return id >= FirstPlace && id < _texts.Length ? id - FirstPlace : -1;
    }

    private static IEnumerable<string> Cells(int size)
    {
        return Enumerable.Range(0, size * size).Select(cell => string.Create(CultureInfo.InvariantCulture, $"({cell / size},{cell % size})"));
    }

    private static IEnumerable<string> Numbers(int size)
    {
        return Enumerable.Range(0, size).Select(number => number.ToString(CultureInfo.InvariantCulture));
    }
}
