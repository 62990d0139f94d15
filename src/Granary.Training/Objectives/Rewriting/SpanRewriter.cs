using Granary.Core.Randomness;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Writes a document with sentinels in the place of its spans, then each sentinel with its span and an end mark. With n
/// spans drawn, n^2 candidates of two uniform ends are looked at, and those that touch none before are kept, n at most.
/// </summary>
internal sealed class SpanRewriter : DocumentRewriter
{
    private readonly double _mean;
    private readonly int[] _sentinels;
    private readonly int _end;

    public SpanRewriter(double mean, int[] sentinels, int end, int? endOfText)
        : base(endOfText)
    {
        _mean = mean;
        _sentinels = sentinels;
        _end = end;
    }

    protected override void RewriteDocument(ReadOnlySpan<long> document, List<long> output, RandomKey key)
    {
        var spans = Spans(document.Length, key);
        var done = 0;
        for (var index = 0; index < spans.Count; index++)
        {
            output.AddRange(document[done..spans[index].Start]);
            output.Add(_sentinels[index]);
            done = spans[index].End;
        }

        output.AddRange(document[done..]);
        for (var index = 0; index < spans.Count; index++)
        {
            output.Add(_sentinels[index]);
            output.AddRange(document[spans[index].Start..spans[index].End]);
            output.Add(_end);
        }
    }

    /// <summary>The spans in the order of their places.</summary>
    private List<(int Start, int End)> Spans(int length, RandomKey key)
    {
        var count = Math.Min(_sentinels.Length, Poisson(key.DoubleAt(0)));
        var spans = new List<(int Start, int End)>();
        for (var candidate = 0; candidate < count * count && spans.Count < count; candidate++)
        {
            var first = (int)key.BelowAt((2 * candidate) + 1, length + 1);
            var second = (int)key.BelowAt((2 * candidate) + 2, length + 1);
            var (start, end) = (Math.Min(first, second), Math.Max(first, second));
            if (end > start && spans.TrueForAll(span => end < span.Start || start > span.End))
            {
                spans.Add((start, end));
            }
        }

        spans.Sort();
        return spans;
    }

    // The smallest n whose cumulative probability exceeds the draw.
    private int Poisson(double draw)
    {
        var (probability, reached, count) = (Math.Exp(-_mean), Math.Exp(-_mean), 0);
        while (reached <= draw && count < _sentinels.Length)
        {
            count++;
            probability *= _mean / count;
            reached += probability;
        }

        return count;
    }
}
