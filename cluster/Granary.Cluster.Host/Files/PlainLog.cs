using System.Text;

namespace Granary.Cluster.Host.Files;

/// <summary>A log from a byte on to where it ends at this moment, given out as text that is safe to show.</summary>
internal sealed class PlainLog : IAsyncDisposable
{
    private const int PieceBytes = 1 << 20;
    private const int TailBytes = 1 << 16;

    private readonly FileStream _file;

    private PlainLog(FileStream file, long from)
    {
        _file = file;
        End = file.Length;
        _file.Position = Math.Clamp(from, 0, End);
        Next = BehindLastLine();
    }

    /// <summary>The byte behind the last one.</summary>
    public long End { get; }

    /// <summary>
    /// The byte behind the last line break, which is where to go on: what stands behind it is a line that is still being written,
    /// and may end within a character or an escape sequence.
    /// </summary>
    public long Next { get; }

    /// <summary>Opens a log.</summary>
    public static PlainLog Open(string path, long from)
    {
        return new PlainLog(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), from);
    }

    /// <summary>Writes the text. It is read in pieces that end behind a line break where there is one, so that no escape sequence is cut in two.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        var piece = new byte[(int)Math.Min(PieceBytes, End - _file.Position)];
        while (_file.Position < End)
        {
            var wanted = (int)Math.Min(piece.Length, End - _file.Position);
            var read = await _file.ReadAtLeastAsync(piece.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
            if (read == 0)
            {
                return; // it was cut off meanwhile
            }

            var lines = _file.Position < End ? piece.AsSpan(0, read).LastIndexOf((byte)'\n') + 1 : read;
            var length = lines == 0 ? read : lines;
            _file.Position -= read - length;
            await target.WriteAsync(Encoding.UTF8.GetBytes(LogText.Plain(piece.AsSpan(0, length))), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    // Looks from the end on, piece by piece, no further back than what is given out.
    private long BehindLastLine()
    {
        var from = _file.Position;
        var piece = new byte[TailBytes];
        for (var end = End; end > from;)
        {
            var start = Math.Max(from, end - TailBytes);
            var read = RandomAccess.Read(_file.SafeFileHandle, piece.AsSpan(0, (int)(end - start)), start);
            if (piece.AsSpan(0, read).LastIndexOf((byte)'\n') is >= 0 and var place)
            {
                return start + place + 1;
            }

            end = start;
        }

        return from;
    }
}
