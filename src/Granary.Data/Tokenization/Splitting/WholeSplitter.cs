namespace Granary.Data.Tokenization.Splitting;

/// <summary>Leaves the text in one piece.</summary>
internal sealed class WholeSplitter : Splitter
{
    /// <inheritdoc/>
    internal override string Name => "whole";

    /// <inheritdoc/>
    internal override string? Pattern => null;

    /// <inheritdoc/>
    internal override int Split(ReadOnlySpan<byte> text, ref int position, Span<int> ends)
    {
        if (position == text.Length)
        {
            return 0;
        }

        position = text.Length;
        ends[0] = position;
        return 1;
    }
}
