namespace Granary.Distributed.Sequence.Engine;

/// <summary>Query heads and the key heads they read, as many query heads for each.</summary>
/// <param name="First">The first query head.</param>
/// <param name="Count">Query heads.</param>
/// <param name="FirstKey">The first key head.</param>
/// <param name="KeyCount">Key heads.</param>
internal readonly record struct HeadSpan(int First, int Count, int FirstKey, int KeyCount)
{
    /// <summary>Query heads [first, end) as spans: what reads whole key heads together, what reads parts of one alone.</summary>
    internal static IEnumerable<HeadSpan> Of(int first, int end, int group)
    {
        while (first < end)
        {
            var isWhole = first % group == 0 && end - first >= group;
            var next = isWhole ? end - (end % group) : Math.Min(end, first + group - (first % group));
            yield return new HeadSpan(first, next - first, first / group, isWhole ? (next - first) / group : 1);
            first = next;
        }
    }
}
