using System.Diagnostics;

namespace Granary.Models.Generation;

/// <summary>
/// Chooses a token from logits: repetition penalty, then either the likeliest token or temperature, top-k, top-p and a
/// draw. Tokens are ordered by logit, equal ones by the lower id, so that every choice is defined. Without allocation
/// per token; a choice reads the logits three to five times and sorts only what top-p may keep.
/// </summary>
internal sealed class TokenSampler
{
    private readonly GenerationConfig _config;
    private readonly double[] _logits;
    private readonly double[] _weights;
    private readonly int[] _order;
    private readonly bool[] _isSeen;

    public TokenSampler(GenerationConfig config, int vocabSize)
    {
        _config = config;
        _logits = new double[vocabSize];
        _weights = new double[vocabSize];
        _order = new int[vocabSize];
        _isSeen = new bool[vocabSize];
    }

    /// <summary>Notes that a token is in the text, for the repetition penalty.</summary>
    public void See(int id)
    {
        _isSeen[id] = true;
    }

    /// <summary>The next token; <paramref name="draw"/> in [0, 1) decides among those kept, in the order of their ids.</summary>
    public int Choose(ReadOnlySpan<float> logits, double draw)
    {
        var best = ReadLogits(logits);
        if (!_config.DoSample)
        {
            return best;
        }

        // (1) weights: exp(logit / temperature), 1 for the likeliest
        var top = _logits[best];
        for (var id = 0; id < _weights.Length; id++)
        {
            _weights[id] = Math.Exp((_logits[id] - top) / _config.Temperature);
        }

        // (2) top-k, then top-p of what is left: both cut the order of tokens at one place
        var last = CutToCount(_config.TopK);
        last = CutToMass(_config.TopP, last);

        // (3) the first id at which the cumulative weight exceeds the draw
        return Draw(draw, last);
    }

    private int ReadLogits(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var id = 0; id < _logits.Length; id++)
        {
            double logit = logits[id];
            if (_isSeen[id])
            {
                logit = logit > 0 ? logit / _config.RepetitionPenalty : logit * _config.RepetitionPenalty;
            }

            _logits[id] = logit;
            best = logit > _logits[best] || double.IsNaN(logit) ? id : best;
        }

        return double.IsFinite(_logits[best])
            ? best
            : throw new ArgumentException($"The largest logit is '{_logits[best]}' at token '{best}' but must be finite; the model's weights are damaged or its training diverged.", nameof(logits));
    }

    /// <summary>The last token in the order that top-k keeps; null when it keeps all.</summary>
    private int? CutToCount(int count)
    {
        if (count == 0 || count >= _logits.Length)
        {
            return null;
        }

        // A heap of the best so far with the worst of them on top: one comparison for most tokens.
        var heap = _order.AsSpan(0, count);
        for (var id = 0; id < count; id++)
        {
            heap[id] = id;
        }

        for (var place = (count / 2) - 1; place >= 0; place--)
        {
            Sink(heap, place);
        }

        for (var id = count; id < _logits.Length; id++)
        {
            if (Compare(id, heap[0]) < 0)
            {
                heap[0] = id;
                Sink(heap, 0);
            }
        }

        return heap[0];
    }

    /// <summary>The last token in the order that top-p keeps of the tokens up to <paramref name="last"/>.</summary>
    private int? CutToMass(double mass, int? last)
    {
        if (mass >= 1)
        {
            return last;
        }

        var (total, kept) = (0.0, 0);
        for (var id = 0; id < _weights.Length; id++)
        {
            if (IsKept(id, last))
            {
                total += _weights[id];
                kept++;
            }
        }

        // Tokens below (1 - p) / n hold less than 1 - p together, so the rest reaches p without them.
        var floor = (1 - mass) * total / kept;
        var candidates = 0;
        for (var id = 0; id < _weights.Length; id++)
        {
            if (_weights[id] >= floor && IsKept(id, last))
            {
                _order[candidates++] = id;
            }
        }

        var order = _order.AsSpan(0, candidates);
        order.Sort(Compare);
        var reached = 0.0;
        foreach (var id in order)
        {
            reached += _weights[id];
            if (reached >= mass * total)
            {
                return id;
            }
        }

        // Rounding may leave the sum a last bit short of p.
        return order[^1];
    }

    private int Draw(double draw, int? last)
    {
        var total = 0.0;
        for (var id = 0; id < _weights.Length; id++)
        {
            total += IsKept(id, last) ? _weights[id] : 0;
        }

        var (reached, goal) = (0.0, draw * total);
        for (var id = 0; id < _weights.Length; id++)
        {
            reached += IsKept(id, last) ? _weights[id] : 0;
            if (reached > goal)
            {
                return id;
            }
        }

        // Both sums add the same numbers in the same order, and draw * total rounds to less than total.
        throw new UnreachableException();
    }

    private bool IsKept(int id, int? last) => last is not { } cut || Compare(id, cut) <= 0;

    private int Compare(int left, int right)
    {
        var byLogit = _logits[right].CompareTo(_logits[left]);
        return byLogit != 0 ? byLogit : left.CompareTo(right);
    }

    private void Sink(Span<int> heap, int place)
    {
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            if (child + 1 < heap.Length && Compare(heap[child + 1], heap[child]) > 0)
            {
                child++;
            }

            if (Compare(heap[child], heap[place]) <= 0)
            {
                return;
            }

            (heap[place], heap[child]) = (heap[child], heap[place]);
            place = child;
        }
    }
}
