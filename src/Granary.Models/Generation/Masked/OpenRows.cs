namespace Granary.Models.Generation.Masked;

/// <summary>Rows [B, T] of which some positions are known, some are open and the rest are absent; writing makes open ones known.</summary>
public sealed class OpenRows
{
    private readonly PositionState[] _states;

    /// <summary>Rows of a prompt each with room for a number of ids behind it.</summary>
    public OpenRows(IReadOnlyList<ReadOnlyMemory<long>> prompts, int room)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(room);
        Count = prompts.Count;
        Length = prompts.Count == 0 ? room : prompts.Max(prompt => prompt.Length) + room;
        Ids = new long[Count * Length];
        _states = new PositionState[Count * Length];
        foreach (var (row, prompt) in prompts.Index())
        {
            prompt.Span.CopyTo(Ids.AsSpan(row * Length));
            _states.AsSpan(row * Length, prompt.Length).Fill(PositionState.Known);
            _states.AsSpan((row * Length) + prompt.Length, room).Fill(PositionState.Open);
        }
    }

    /// <summary>Rows of known ids of which some positions are opened again.</summary>
    /// <param name="count">Rows.</param>
    /// <param name="ids">The ids, [B, T], row after row.</param>
    /// <param name="isOpen">Which of them are to be written, of the same shape.</param>
    public OpenRows(int count, ReadOnlySpan<long> ids, ReadOnlySpan<bool> isOpen)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(isOpen.Length, ids.Length);
        Count = count;
        Length = ids.Length / count;
        Ids = ids.ToArray();
        _states = new PositionState[ids.Length];
        for (var place = 0; place < ids.Length; place++)
        {
            _states[place] = isOpen[place] ? PositionState.Open : PositionState.Known;
        }
    }

    /// <summary>Rows B.</summary>
    public int Count { get; }

    /// <summary>Positions T of a row.</summary>
    public int Length { get; }

    /// <summary>The ids, row after row; those of open and absent positions mean nothing.</summary>
    public long[] Ids { get; }

    /// <summary>The known ids of a row from its beginning to the first that is not.</summary>
    public ReadOnlySpan<long> KnownPrefix(int row)
    {
        var states = _states.AsSpan(row * Length, Length);
        var end = states.IndexOfAnyExcept(PositionState.Known);
        return Ids.AsSpan(row * Length, end < 0 ? Length : end);
    }

    /// <summary>How a position stands.</summary>
    internal PositionState StateAt(int row, int column) => _states[(row * Length) + column];

    /// <summary>The first open position of a row, or -1.</summary>
    internal int FirstOpen(int row) => _states.AsSpan(row * Length, Length).IndexOf(PositionState.Open);

    /// <summary>Writes an open position; behind an id that ends the row, what is open becomes absent.</summary>
    internal void Write(int row, int column, long id, bool isEnd)
    {
        Ids[(row * Length) + column] = id;
        _states[(row * Length) + column] = PositionState.Known;
        if (isEnd)
        {
            _states.AsSpan((row * Length) + column + 1, Length - column - 1).Replace(PositionState.Open, PositionState.Absent);
        }
    }
}
