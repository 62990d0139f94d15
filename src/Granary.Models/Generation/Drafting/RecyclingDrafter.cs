using System.Numerics;
using Granary.Torch;

namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Drafts from a table of the likeliest successors that the model gave each token when it was last read, rejected guesses
/// included (token recycling; Luo et al., arXiv 2408.08696). The prompt's successors are those it has. The table takes
/// 32 bytes a token; each row of logits is read once.
/// </summary>
internal sealed class RecyclingDrafter : IDrafter
{
    private const int Successors = 8;
    private const int DeepestGuess = 8;
    private const int None = -1;

    private readonly int[] _successors;
    private readonly float[] _best = new float[Successors];
    private readonly CandidateQueue _queue = new();
    private int _newest;

    public RecyclingDrafter(int vocabSize)
    {
        _successors = new int[vocabSize * Successors];
        Array.Fill(_successors, None);
    }

    public bool IsCostly => false;

    public void Read(in DraftReading reading)
    {
        _newest = reading.Following[^1];
        if (reading.Logits_TV is { } logits_TV)
        {
            ReadLogits(reading.Tokens, logits_TV);
            return;
        }

        for (var place = 0; place < reading.Rows.Length; place++)
        {
            PutFirst(Of(reading.Tokens[reading.Rows[place]]), reading.Following[place]);
        }
    }

    public void Draft(DraftTree tree)
    {
        _queue.Grow(tree, TryGet);
    }

    private void ReadLogits(ReadOnlySpan<int> tokens, Tensor logits_TV)
    {
        var logits = logits_TV.data<float>();
        var vocabulary = logits.Length / tokens.Length;
        for (var row = 0; row < tokens.Length; row++)
        {
            Largest(logits.Slice(row * vocabulary, vocabulary), Of(tokens[row]));
        }
    }

    private bool TryGet(DraftTree tree, int parent, int rank, out int token, out int kind)
    {
        var depth = tree.Depth(parent) + 1;
        token = rank < Successors && depth < DeepestGuess ? Of(parent == DraftTree.Root ? _newest : tree.Token(parent))[rank] : None;
        kind = DraftKind.Recycled(rank, depth);
        return token != None;
    }

    private Span<int> Of(int id) => _successors.AsSpan(id * Successors, Successors);

    private static void PutFirst(Span<int> successors, int id)
    {
        var at = successors.IndexOf(id);
        successors[..(at < 0 ? Successors - 1 : at)].CopyTo(successors[1..]);
        successors[0] = id;
    }

    /// <summary>The ids of the largest logits, in descending order.</summary>
    private void Largest(ReadOnlySpan<float> logits, Span<int> ids)
    {
        _best.AsSpan().Fill(float.NegativeInfinity);
        ids.Fill(None);
        var id = 0;
        for (; id + Vector<float>.Count <= logits.Length; id += Vector<float>.Count)
        {
            // Most vectors hold none that is among the largest so far.
            if (Vector.GreaterThanAny(new Vector<float>(logits[id..]), new Vector<float>(_best[^1])))
            {
                for (var lane = 0; lane < Vector<float>.Count; lane++)
                {
                    Insert(logits[id + lane], id + lane, ids);
                }
            }
        }

        for (; id < logits.Length; id++)
        {
            Insert(logits[id], id, ids);
        }
    }

    private void Insert(float logit, int id, Span<int> ids)
    {
        var place = Successors;
        while (place > 0 && logit > _best[place - 1])
        {
            place--;
        }

        if (place < Successors)
        {
            _best.AsSpan(place, Successors - place - 1).CopyTo(_best.AsSpan(place + 1));
            ids[place..^1].CopyTo(ids[(place + 1)..]);
            (_best[place], ids[place]) = (logit, id);
        }
    }
}
