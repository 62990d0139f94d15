namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Guesses behind the text's newest token: each node is a token and follows another node or the root, which is that newest
/// token. A node's probability is its kind's measured rate times its parent's.
/// </summary>
internal sealed class DraftTree
{
    /// <summary>What stands for the newest token as a parent.</summary>
    internal const int Root = -1;

    /// <summary>Below this a guess is not worth its place.</summary>
    internal const double LeastProbability = 0.02;

    private readonly DraftRates _rates;
    private readonly int[] _tokens;
    private readonly int[] _parents;
    private readonly int[] _kinds;
    private readonly int[] _depths;
    private readonly double[] _probabilities;

    public DraftTree(int capacity, DraftRates rates)
    {
        _rates = rates;
        _tokens = new int[capacity];
        _parents = new int[capacity];
        _kinds = new int[capacity];
        _depths = new int[capacity];
        _probabilities = new double[capacity];
    }

    public int Count { get; private set; }

    public bool IsFull => Count == _tokens.Length;

    public int Token(int node) => _tokens[node];

    public int Parent(int node) => _parents[node];

    public int Kind(int node) => _kinds[node];

    /// <summary>Nodes between a node and the root; the root has -1.</summary>
    public int Depth(int node) => node == Root ? -1 : _depths[node];

    /// <summary>How likely it is that a node's token comes, after all of its ancestors.</summary>
    public double Probability(int node) => node == Root ? 1 : _probabilities[node];

    /// <summary>The same for a guess that is not in the tree yet.</summary>
    public double Probability(int parent, int kind) => Probability(parent) * _rates.Of(kind);

    public void Clear()
    {
        Count = 0;
    }

    /// <summary>The node of a guess, which may be there already; false when the tree is full.</summary>
    public bool TryAdd(int parent, int token, int kind, out int node)
    {
        if (TryFind(parent, token, out node))
        {
            return true;
        }

        if (IsFull)
        {
            return false;
        }

        node = Count++;
        _tokens[node] = token;
        _parents[node] = parent;
        _kinds[node] = kind;
        _depths[node] = Depth(parent) + 1;
        _probabilities[node] = Probability(parent, kind);
        return true;
    }

    /// <summary>The child of a node with a token.</summary>
    public bool TryFind(int parent, int token, out int node)
    {
        for (node = parent + 1; node < Count; node++)
        {
            if (_parents[node] == parent && _tokens[node] == token)
            {
                return true;
            }
        }

        return false;
    }
}
