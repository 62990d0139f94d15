namespace Granary.Distributed.Sequence;

/// <summary>Which query heads: part <paramref name="Index"/> of <paramref name="Count"/>, as equal as whole heads allow. With it go the key heads that they read.</summary>
/// <param name="Index">The part, counted from 0.</param>
/// <param name="Count">Parts in all.</param>
public readonly record struct HeadPart(int Index, int Count)
{
    /// <summary>All heads.</summary>
    public static readonly HeadPart All = new(0, 1);

    /// <summary>The first query head and the one behind the last.</summary>
    public (int First, int End) Of(int heads)
    {
        return ((int)((long)heads * Index / Count), (int)((long)heads * (Index + 1) / Count));
    }

    /// <summary>The first key head that these query heads read and the one behind the last.</summary>
    public (int First, int End) KeysOf(int heads, int keyHeads)
    {
        var (first, end) = Of(heads);
        var group = heads / keyHeads;
        return first == end ? (0, 0) : (first / group, ((end - 1) / group) + 1);
    }
}
