using Granary.Torch;

namespace Granary.Models.Decoder;

/// <summary>
/// How the tokens of one model call follow each other: each follows its parent, an earlier token of the call, or the last
/// token before the call. A token sees what comes before the call, its ancestors and itself; its position is one behind
/// its parent's.
/// </summary>
public sealed class TokenTree
{
    private readonly int[] _parents;
    private readonly int[] _depths;

    /// <summary>A tree of as many tokens as there are parents; -1 is the last token before the call.</summary>
    /// <exception cref="ArgumentException">A parent is not an earlier token.</exception>
    public TokenTree(ReadOnlySpan<int> parents)
    {
        _parents = parents.ToArray();
        _depths = new int[parents.Length];
        IsChain = true;
        for (var token = 0; token < _parents.Length; token++)
        {
            var parent = _parents[token];
            if (parent < -1 || parent >= token)
            {
                throw new ArgumentException($"Token '{token}' of a tree has the parent '{parent}' but must have an earlier one, or -1 for the last token before the tree.", nameof(parents));
            }

            _depths[token] = parent < 0 ? 0 : _depths[parent] + 1;
            IsChain &= parent == token - 1;
        }
    }

    /// <summary>Tokens.</summary>
    public int Count => _parents.Length;

    /// <summary>Whether each token follows the one before it.</summary>
    public bool IsChain { get; }

    /// <summary>The token each one follows.</summary>
    public ReadOnlySpan<int> Parents => _parents;

    /// <summary>Ancestors of each token in the call.</summary>
    public ReadOnlySpan<int> Depths => _depths;

    /// <summary>What each token sees written out: bool [1, 1, T, cached + T].</summary>
    internal Tensor ToDense(long cached)
    {
        var columns = cached + Count;
        var cells = new bool[Count * columns];
        Array.Fill(cells, true);
        for (var token = 0; token < Count; token++)
        {
            var row = cells.AsSpan((int)(token * columns), (int)columns);
            row[(int)cached..].Clear();
            for (var at = token; at >= 0; at = _parents[at])
            {
                row[(int)cached + at] = true;
            }
        }

        return torch.tensor(cells, [1, 1, Count, columns]);
    }
}
