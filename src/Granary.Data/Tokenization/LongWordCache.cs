using System.Numerics;
using System.Runtime.InteropServices;

namespace Granary.Data.Tokenization;

/// <summary>Remembers the ids of words that are too long or too many-tokened for <see cref="WordCache"/>.</summary>
/// <remarks>
/// Words and ids lie one after another in two arrays; a table of 32-bit hashes finds them. When the table or an array is
/// full, everything is forgotten, so memory stays flat. Not safe for several threads at once.
/// </remarks>
internal sealed class LongWordCache
{
    /// <summary>The longest word that is remembered; longer ones hardly return.</summary>
    internal const int LongestWord = 255;

    private const int TableSize = 1 << 16;
    private const int MostEntries = TableSize / 2;
    private const int ByteRoom = 1 << 20;
    private const int IdRoom = 1 << 18;

    private readonly int[] _table = new int[TableSize]; // entry + 1, or 0
    private readonly Entry[] _entries = new Entry[MostEntries];
    private readonly byte[] _bytes = new byte[ByteRoom];
    private readonly int[] _ids = new int[IdRoom];
    private int _entryCount;
    private int _byteCount;
    private int _idCount;

    /// <summary>Finds a word's ids; empty when it is not known.</summary>
    internal ReadOnlySpan<int> Find(ReadOnlySpan<byte> word, uint hash)
    {
        for (var slot = hash & (TableSize - 1); _table[slot] != 0; slot = (slot + 1) & (TableSize - 1))
        {
            ref var entry = ref _entries[_table[slot] - 1];
            if (entry.Hash == hash && word.SequenceEqual(_bytes.AsSpan(entry.FirstByte, entry.ByteCount)))
            {
                return _ids.AsSpan(entry.FirstId, entry.IdCount);
            }
        }

        return [];
    }

    /// <summary>Remembers a word's ids.</summary>
    internal void Add(ReadOnlySpan<byte> word, uint hash, ReadOnlySpan<int> ids)
    {
        if (_entryCount == MostEntries || _byteCount + word.Length > ByteRoom || _idCount + ids.Length > IdRoom)
        {
            Array.Clear(_table);
            (_entryCount, _byteCount, _idCount) = (0, 0, 0);
        }

        var slot = hash & (TableSize - 1);
        while (_table[slot] != 0)
        {
            slot = (slot + 1) & (TableSize - 1);
        }

        word.CopyTo(_bytes.AsSpan(_byteCount));
        ids.CopyTo(_ids.AsSpan(_idCount));
        _entries[_entryCount] = new Entry(hash, _byteCount, _idCount, (byte)word.Length, (byte)ids.Length);
        _table[slot] = ++_entryCount;
        _byteCount += word.Length;
        _idCount += ids.Length;
    }

    /// <summary>The hash that <see cref="Find"/> and <see cref="Add"/> want.</summary>
    internal static uint HashOf(ReadOnlySpan<byte> word)
    {
        var hash = (uint)word.Length;
        foreach (var part in MemoryMarshal.Cast<byte, ulong>(word))
        {
            hash = BitOperations.Crc32C(hash, part);
        }

        foreach (var value in word[(word.Length & ~7)..])
        {
            hash = BitOperations.Crc32C(hash, value);
        }

        return hash;
    }

    private readonly record struct Entry(uint Hash, int FirstByte, int FirstId, byte ByteCount, byte IdCount);
}
