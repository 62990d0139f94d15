namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Decides how much of a draft is worth reading: the likeliest nodes, as many as make the tokens expected per second most,
/// (1 + sum of their probabilities) / cost of the call. A draft that is not worth a single node pauses drafting for a
/// while, each time twice as long, so that hopeless guesses cost next to nothing.
/// </summary>
internal sealed class DraftPlanner
{
    private const int LongestPause = 31;

    private readonly DraftRates _rates;
    private readonly CallCost _cost;
    private readonly int[] _order;
    private int _pause;
    private int _waiting;

    public DraftPlanner(int capacity, DraftRates rates, CallCost cost)
    {
        _rates = rates;
        _cost = cost;
        _order = new int[capacity];
    }

    /// <summary>Whether this call is to be drafted for; counts down a pause.</summary>
    public bool WantsDraft()
    {
        return _waiting-- <= 0;
    }

    /// <summary>The nodes to read, each behind its parent; at most <paramref name="room"/>.</summary>
    public ReadOnlySpan<int> Choose(DraftTree tree, int room)
    {
        var order = _order.AsSpan(0, tree.Count);
        for (var node = 0; node < order.Length; node++)
        {
            order[node] = node;
        }

        // No node is likelier than its parent, and of equals the earlier comes first: parents stand before children.
        order.Sort((left, right) => tree.Probability(right).CompareTo(tree.Probability(left)) is var byProbability && byProbability != 0 ? byProbability : left.CompareTo(right));
        var (best, count, expected) = (1 / _cost.Of(1), 0, 1.0);
        for (var nodes = 1; nodes <= Math.Min(order.Length, room); nodes++)
        {
            expected += tree.Probability(order[nodes - 1]);
            var rate = expected / _cost.Of(1 + nodes);
            if (rate > best)
            {
                (best, count) = (rate, nodes);
            }
        }

        _pause = count > 0 || tree.Count == 0 ? 0 : Math.Min((2 * _pause) + 1, LongestPause);
        _waiting = _pause;
        return order[..count];
    }

    /// <summary>Counts the guesses behind the nodes that came true, the root first: all whose outcome is known, read or not.</summary>
    public void Count(DraftTree tree, ReadOnlySpan<int> written)
    {
        var (parent, place) = (DraftTree.Root, 0);
        do
        {
            for (var node = parent + 1; node < tree.Count; node++)
            {
                if (tree.Parent(node) == parent)
                {
                    _rates.Count(tree.Kind(node), tree.Token(node) == written[place]);
                }
            }
        }
        while (tree.TryFind(parent, written[place], out parent) && ++place < written.Length);
    }
}
