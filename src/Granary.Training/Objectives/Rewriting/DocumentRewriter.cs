using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Rewrites the documents of rows, which may change their length. What grows beyond the row, or beyond its segment where
/// rows are packed, is cut off; what is left over is not predicted. No token moves over a segment's border.
/// </summary>
internal abstract class DocumentRewriter : IRowRewriter
{
    private readonly int? _endOfText;

    protected DocumentRewriter(int? endOfText)
    {
        _endOfText = endOfText;
    }

    public BatchSlice Rewrite(BatchSlice rows, RandomKey key)
    {
        var (tokens, targets) = (rows.Tokens.ToArray(), rows.Targets.ToArray());
        for (var row = 0; row < rows.Rows; row++)
        {
            var (first, end) = (row * rows.Length, (row + 1) * rows.Length);
            var rowKey = key.Fold(rows.FirstRow + row);
            for (var start = first; start < end;)
            {
                var next = EndOfSegment(rows.Segments.Span, start, end);
                if (rows.Segments.IsEmpty || rows.Segments.Span[start] != 0)
                {
                    RewriteSegment(tokens.AsSpan(start, next - start), targets.AsSpan(start, next - start), rowKey.Fold(start - first));
                }

                start = next;
            }
        }

        return rows with { Tokens = tokens, Targets = targets };
    }

    /// <summary>Writes a document, without the token that ends it, in its new form.</summary>
    protected abstract void RewriteDocument(ReadOnlySpan<long> document, List<long> output, RandomKey key);

    private static int EndOfSegment(ReadOnlySpan<int> segments, int start, int end)
    {
        if (segments.IsEmpty)
        {
            return end;
        }

        var length = segments[start..end].IndexOfAnyExcept(segments[start]);
        return length < 0 ? end : start + length;
    }

    // The inputs and the id behind the last of them are one text; afterwards they are again.
    private void RewriteSegment(Span<long> tokens, Span<long> targets, RandomKey key)
    {
        var hasNext = targets[^1] != TokenBatch.IgnoredTarget;
        var text = hasNext ? (long[])[.. tokens, targets[^1]] : tokens.ToArray();
        var written = new List<long>(text.Length + 16);
        WriteDocuments(text, written, key);
        for (var place = 0; place < tokens.Length; place++)
        {
            var isPredicted = place + 1 < written.Count && place + 1 < text.Length;
            tokens[place] = place < written.Count ? written[place] : text[^1];
            targets[place] = isPredicted ? written[place + 1] : TokenBatch.IgnoredTarget;
        }
    }

    private void WriteDocuments(ReadOnlySpan<long> text, List<long> written, RandomKey key)
    {
        for (var start = 0; start < text.Length;)
        {
            var length = _endOfText is { } end ? text[start..].IndexOf(end) : -1;
            var document = length < 0 ? text[start..] : text.Slice(start, length);
            RewriteDocument(document, written, key.Fold(start));
            if (length >= 0)
            {
                written.Add(_endOfText!.Value);
            }

            start += document.Length + (length < 0 ? 0 : 1);
        }
    }
}
