namespace Granary.Cli.Commands;

/// <summary>A file of text in blocks of whole lines, so that its size does not matter.</summary>
internal static class LineBlocks
{
    private const int BlockSize = 1 << 20;

    /// <summary>Blocks of about 1 MiB; a longer line is a block of its own.</summary>
    internal static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[BlockSize];
        var held = 0;
        while (stream.Read(buffer.AsSpan(held)) is var read and > 0)
        {
            held += read;
            if (held < buffer.Length)
            {
                continue;
            }

            var end = buffer.AsSpan().LastIndexOf((byte)'\n') + 1;
            if (end == 0)
            {
                Array.Resize(ref buffer, checked(buffer.Length * 2));
                continue;
            }

            yield return buffer.AsMemory(0, end);
            var next = new byte[Math.Max(BlockSize, held - end + 1)]; // the block stays the caller's
            buffer.AsSpan(end, held - end).CopyTo(next);
            (buffer, held) = (next, held - end);
        }

        if (held > 0)
        {
            yield return buffer.AsMemory(0, held);
        }
    }
}
