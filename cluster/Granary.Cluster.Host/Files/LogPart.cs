namespace Granary.Cluster.Host.Files;

/// <summary>A part of a log: what to show, and the byte where the next part begins.</summary>
/// <param name="Text">The text, safe to show.</param>
/// <param name="Next">The file's byte behind it.</param>
internal sealed record LogPart(string Text, long Next)
{
    private const int MostBytes = 1 << 20;

    /// <summary>
    /// Reads from a byte on, at most a MiB. A part ends behind a line break where there is one, so that no character and no escape
    /// sequence is cut in two.
    /// </summary>
    internal static async Task<LogPart> ReadAsync(string path, long from, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var start = Math.Clamp(from, 0, stream.Length);
        var bytes = new byte[Math.Min(MostBytes, stream.Length - start)];
        stream.Position = start;
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        var end = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        end = end == 0 ? read : end;
        return new LogPart(LogText.Plain(bytes.AsSpan(0, end)), start + end);
    }
}
