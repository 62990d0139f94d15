using System.Runtime.CompilerServices;
using System.Text;

namespace Granary.Cluster.Submission;

/// <summary>Reads log files line by line, and waits for more of them while their writers are at work.</summary>
internal sealed class LogFiles
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<string>> _find;
    private readonly TimeProvider _time;

    /// <summary>Logs in the order in which <paramref name="find"/> names them; new ones may come.</summary>
    public LogFiles(Func<IEnumerable<string>> find, TimeProvider time)
    {
        _find = find;
        _time = time;
    }

    /// <summary>Reads what is there, and more until <paramref name="isOver"/> says so; null reads once.</summary>
    public async IAsyncEnumerable<string> ReadAsync(Func<CancellationToken, Task<bool>>? isOver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var read = new Dictionary<string, long>(StringComparer.Ordinal);
        while (true)
        {
            // Asked before reading, so that what is written until the end is read too.
            var isLast = isOver is null || await isOver(cancellationToken);
            foreach (var path in _find())
            {
                var (lines, end) = LinesFrom(path, read.GetValueOrDefault(path), isLast);
                read[path] = end;
                foreach (var line in lines)
                {
                    yield return line;
                }
            }

            if (isLast)
            {
                yield break;
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    // A line whose end is not written yet is left for the next time.
    private static (IReadOnlyList<string> Lines, long End) LinesFrom(string path, long start, bool isLast)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length <= start)
        {
            return ([], start);
        }

        file.Seek(start, SeekOrigin.Begin);
        var bytes = new byte[file.Length - start];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = isLast ? length : Array.LastIndexOf(bytes, (byte)'\n', Math.Max(0, length - 1)) + 1;
        var text = Encoding.UTF8.GetString(bytes, 0, end);
        return (text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n'), start + end);
    }
}
