using System.Globalization;
using Granary.Data.Shards;

namespace Granary.Pipelines.Mazes;

/// <summary>The first tasks of a stream as ids in memory, two bytes each.</summary>
public sealed class MazeTokenSet
{
    private readonly ushort[][] _rows;

    private MazeTokenSet(MazeVocabulary vocabulary, ushort[][] rows, string identity)
    {
        Vocabulary = vocabulary;
        Identity = identity;
        _rows = rows;
        Longest = rows.Max(row => row.Length);
        Tokens = rows.Sum(row => (long)row.Length);
    }

    /// <summary>What the ids mean.</summary>
    public MazeVocabulary Vocabulary { get; }

    /// <summary>Tasks in the set.</summary>
    public int Count => _rows.Length;

    /// <summary>Ids of all tasks together.</summary>
    public long Tokens { get; }

    /// <summary>Ids of the longest task.</summary>
    public int Longest { get; }

    /// <summary>A text that settles every id of the set: kind, size, side, seed and count.</summary>
    public string Identity { get; }

    /// <summary>Generates the first tasks of a stream on several threads; the number of them changes nothing.</summary>
    public static MazeTokenSet Generate(MazeKind kind, int size, MazeSplit split, long seed, int count, OrderedParallelOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var vocabulary = new MazeVocabulary(kind, size);
        var rows = MazeStream.Select(kind, size, split, seed, task => Array.ConvertAll(MazeTokenWriter.Write(vocabulary, task), id => (ushort)id), options).Take(count);
        return new MazeTokenSet(vocabulary, [.. rows], string.Create(CultureInfo.InvariantCulture, $"mazes={kind} size={size} split={split} seed={seed} count={count}"));
    }

    /// <summary>The ids of a task: the prompt, and behind it the answer.</summary>
    public ReadOnlySpan<ushort> Row(int task)
    {
        return _rows[task];
    }

    /// <summary>The ids of a task's prompt, up to and with <c>&lt;PATH_START&gt;</c>.</summary>
    public int[] Prompt(int task)
    {
        return Array.ConvertAll(_rows[task][..PromptLength(task)], id => (int)id);
    }

    /// <summary>The ids of a task's answer, the one that ends the path included.</summary>
    public int[] Answer(int task)
    {
        return Array.ConvertAll(_rows[task][PromptLength(task)..], id => (int)id);
    }

    /// <summary>The maze of a task.</summary>
    public Maze Maze(int task)
    {
        return MazeTokenReader.Read(Vocabulary, Prompt(task), out var fault) ?? throw new InvalidOperationException(fault);
    }

    /// <summary>Ids of a task's prompt.</summary>
    public int PromptLength(int task)
    {
        return Array.IndexOf(_rows[task], (ushort)Vocabulary.PathStart) + 1;
    }
}
