using System.Runtime.CompilerServices;

namespace Granary.Data.Tokenization;

/// <summary>A growing list of token ids that an encoder appends to; not safe for several threads at once.</summary>
public sealed class TokenBuffer
{
    private int[] _ids;

    /// <summary>Creates an empty buffer with room for some ids.</summary>
    public TokenBuffer(int capacity = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _ids = new int[capacity];
    }

    /// <summary>How many ids the buffer holds.</summary>
    public int Count { get; private set; }

    /// <summary>The ids, valid until the next change.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Appends one id.</summary>
    public void Add(int id)
    {
        Reserve(1);
        _ids[Count++] = id;
    }

    /// <summary>Appends ids in order.</summary>
    public void AddRange(ReadOnlySpan<int> ids)
    {
        Reserve(ids.Length);
        ids.CopyTo(_ids.AsSpan(Count));
        Count += ids.Length;
    }

    /// <summary>Removes all ids and keeps the room.</summary>
    public void Clear()
    {
        Count = 0;
    }

    /// <summary>A copy of the ids.</summary>
    public int[] ToArray()
    {
        return Ids.ToArray();
    }

    /// <summary>The first free place, with room for at least <paramref name="room"/> ids; <see cref="Advance"/> keeps them.</summary>
    internal ref int Reserve(int room)
    {
        if (_ids.Length - Count < room)
        {
            Array.Resize(ref _ids, (int)Math.Min(Array.MaxLength, Math.Max(Count + (long)room, _ids.Length * 2L)));
        }

        return ref Unsafe.Add(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_ids), Count);
    }

    /// <summary>Counts ids that were written to reserved room.</summary>
    internal void Advance(int written)
    {
        Count += written;
    }
}
