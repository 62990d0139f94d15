using Granary.Torch;

namespace Granary.Models.Decoder;

/// <summary>Keys and values of the tokens read so far, for each block: [B, capacity, G, D].</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>Makes room for <paramref name="capacity"/> tokens in each of the rows.</summary>
    public KeyValueCache(DecoderSpec spec, int batch, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, spec.MaxPositionEmbeddings);
        Capacity = capacity;
        _keys = Room(spec, batch, capacity);
        _values = Room(spec, batch, capacity);
    }

    /// <summary>Tokens there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Tokens read so far.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets all tokens from a position on.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>
    /// Of the tokens from a position on keeps those of one branch, numbered from that position, in ascending order, and
    /// moves them together.
    /// </summary>
    public void Keep(int length, ReadOnlySpan<int> branch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - branch.Length);
        for (var place = 0; place < branch.Length; place++)
        {
            if (branch[place] < (place == 0 ? 0 : branch[place - 1] + 1) || length + branch[place] >= Length)
            {
                throw new ArgumentException($"The branch holds '{branch[place]}' at place {place} but must ascend and be below the {Length - length} tokens from position {length} on.", nameof(branch));
            }

            if (branch[place] != place)
            {
                Move(length + branch[place], length + place);
            }
        }

        Length = length + branch.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_keys, tensor => tensor.Dispose());
        Array.ForEach(_values, tensor => tensor.Dispose());
    }

    /// <summary>Makes sure that there is room for more tokens.</summary>
    internal void CheckRoom(long added)
    {
        if (Length + added > Capacity)
        {
            throw new ArgumentException($"The cache holds '{Length}' tokens and is given '{added}' more, but has room for {Capacity}; make it larger or truncate it.");
        }
    }

    /// <summary>Writes behind what is there and returns all keys and values with the new ones; sharing memory.</summary>
    internal (Tensor Keys_BSGD, Tensor Values_BSGD) Append(int layer, Tensor k_BTGD, Tensor v_BTGD)
    {
        var added = k_BTGD.size(1);
        _keys[layer].narrow(1, Length, added).copy_(k_BTGD);
        _values[layer].narrow(1, Length, added).copy_(v_BTGD);
        return (_keys[layer].narrow(1, 0, Length + added), _values[layer].narrow(1, 0, Length + added));
    }

    /// <summary>Counts tokens that every block has appended.</summary>
    internal void Advance(int tokens)
    {
        Length += tokens;
    }

    /// <summary>The positions of a tree's tokens behind those read so far: int64 [B, T].</summary>
    internal Tensor Positions(TokenTree tree, long batch)
    {
        var cells = new long[batch * tree.Count];
        for (var cell = 0; cell < cells.Length; cell++)
        {
            cells[cell] = Length + tree.Depths[cell % tree.Count];
        }

        return torch.tensor(cells, [batch, tree.Count]);
    }

    private void Move(int from, int to)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.narrow(1, to, 1).copy_(tensor.narrow(1, from, 1));
        }
    }

    private static Tensor[] Room(DecoderSpec spec, int batch, int capacity)
    {
        long[] shape = [batch, capacity, spec.Attention.KeyHeads, spec.Attention.HeadDim];
        return [.. Enumerable.Range(0, spec.NumHiddenLayers).Select(_ => torch.empty(shape).DetachFromDisposeScope())];
    }
}
