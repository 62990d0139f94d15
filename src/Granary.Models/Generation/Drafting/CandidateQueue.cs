namespace Granary.Models.Generation.Drafting;

/// <summary>Grows a draft tree by its likeliest guess, again and again.</summary>
internal sealed class CandidateQueue
{
    private readonly PriorityQueue<(int Parent, int Rank, int Token, int Kind), double> _queue = new();

    /// <summary>A node's guess of a rank, from 0; false where there is none.</summary>
    internal delegate bool Successor(DraftTree tree, int parent, int rank, out int token, out int kind);

    /// <summary>Adds guesses until the tree is full, or none is left that is worth its place.</summary>
    internal void Grow(DraftTree tree, Successor successor)
    {
        _queue.Clear();
        Offer(tree, successor, DraftTree.Root, rank: 0);
        while (_queue.TryDequeue(out var guess, out _) && tree.TryAdd(guess.Parent, guess.Token, guess.Kind, out var node))
        {
            Offer(tree, successor, guess.Parent, guess.Rank + 1);
            Offer(tree, successor, node, rank: 0);
        }
    }

    private void Offer(DraftTree tree, Successor successor, int parent, int rank)
    {
        if (!successor(tree, parent, rank, out var token, out var kind))
        {
            return;
        }

        var probability = tree.Probability(parent, kind);
        if (probability >= DraftTree.LeastProbability)
        {
            _queue.Enqueue((parent, rank, token, kind), -probability);
        }
    }
}
