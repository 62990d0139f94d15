using System.Text;

namespace Granary.Cli.Ranks;

/// <summary>The lines of a rank's log as they come, read where another node writes them.</summary>
internal sealed class RankLogTail
{
    private readonly string _path;
    private readonly Action<string> _take;
    private long _position;

    public RankLogTail(string path, Action<string> take)
    {
        _path = path;
        _take = take;
    }

    /// <summary>Hands on the whole lines that have come since the last time.</summary>
    public void Read()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Min(_position, file.Length);
        var bytes = new byte[file.Length - file.Position];
        var end = Array.LastIndexOf(bytes, (byte)'\n', file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) - 1) + 1;
        _position += end;
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, end).Split('\n').SkipLast(1))
        {
            _take(line);
        }
    }
}
