using Granary.Torch;

namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Drafts with the model's extra heads: each head's likeliest tokens, combined into a tree of the likeliest branches
/// (Cai et al., Medusa, arXiv 2401.10774). Where a head's guess hangs on those before it, only the branch of the likeliest
/// goes on.
/// </summary>
internal sealed class HeadsDrafter : IDrafter
{
    private const int Candidates = 8;

    private readonly IDraftHeads _heads;
    private readonly CandidateQueue _queue = new();
    private readonly (int Token, double Probability)[][] _candidates;

    public HeadsDrafter(IDraftHeads heads)
    {
        _heads = heads;
        _candidates = new (int, double)[heads.Count][];
    }

    public bool IsCostly => true;

    public void Read(in DraftReading reading)
    {
        _heads.Read(reading.Trunk_TC, reading.Rows, reading.Following);
    }

    public void Draft(DraftTree tree)
    {
        var weights_KV = _heads.Logits().to(ScalarType.Float32).softmax(-1);
        var (values, indices) = weights_KV.topk(Math.Min(Candidates, weights_KV.size(1)));
        var (probabilities, tokens) = (values.to_array<float>(), indices.to_array<long>());
        var ranks = tokens.Length / _heads.Count;
        for (var head = 0; head < _heads.Count; head++)
        {
            _candidates[head] = [.. Enumerable.Range(head * ranks, ranks).Select(place => ((int)tokens[place], (double)probabilities[place]))];
        }

        _queue.Grow(tree, TryGet);
    }

    private bool TryGet(DraftTree tree, int parent, int rank, out int token, out int kind)
    {
        (token, kind) = (0, 0);
        var head = tree.Depth(parent) + 1;
        if (head >= _heads.Count || rank >= _candidates[head].Length || (_heads.FollowLikeliest && !IsLikeliest(tree, parent)))
        {
            return false;
        }

        (token, var probability) = _candidates[head][rank];
        kind = DraftKind.OfHead(head, probability);
        return true;
    }

    private bool IsLikeliest(DraftTree tree, int node)
    {
        for (; node != DraftTree.Root; node = tree.Parent(node))
        {
            if (tree.Token(node) != _candidates[tree.Depth(node)][0].Token)
            {
                return false;
            }
        }

        return true;
    }
}
