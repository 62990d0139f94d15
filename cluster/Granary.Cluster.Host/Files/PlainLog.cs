using System.Text;

namespace Granary.Cluster.Host.Files;

/// <summary>A log from a byte on to where it ends at this moment, given out as text that is safe to show.</summary>
internal sealed class PlainLog : IAsyncDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly FileStream _file;

    private PlainLog(FileStream file)
    {
        _file = file;
        End = file.Length;
    }

    /// <summary>The byte behind the last one, which is where to go on.</summary>
    public long End { get; }

    /// <summary>Opens a log.</summary>
    public static PlainLog Open(string path, long from)
    {
        var log = new PlainLog(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        log._file.Position = Math.Clamp(from, 0, log.End);
        return log;
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
}
