using System.Runtime.CompilerServices;
using System.Text;

namespace Granary.Cluster.Host.Files;

/// <summary>Follows a file of lines that a process appends to, also where a resumed run has replaced it by a shorter one.</summary>
internal sealed class EventTail
{
    private const int MostLineBytes = 1 << 20;

    private readonly Func<string?> _find;
    private readonly Func<CancellationToken, Task> _more;

    /// <summary>Creates it over a file that may come later; <paramref name="more"/> waits until it is worth looking again.</summary>
    public EventTail(Func<string?> find, Func<CancellationToken, Task> more)
    {
        _find = find;
        _more = more;
    }

    /// <summary>
    /// The lines behind the given number of them, each with its number from 1, as they come. Where the file no longer begins as it
    /// did, a line of number 0 says so and all lines come again.
    /// </summary>
    public async IAsyncEnumerable<(long Number, string Line)> FollowAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = default(Place);
        while (true)
        {
            var before = place.Lines;
            if (_find() is { } path)
            {
                await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (!await HoldsAsync(stream, place, cancellationToken))
                {
                    (place, after) = (default, 0);
                    yield return (0, string.Empty);
                }

                stream.Position = place.Bytes;
                foreach (var line in await ReadAsync(stream, cancellationToken))
                {
                    place = new Place(place.Lines + 1, place.Bytes + line.Length + 1, line);
                    if (place.Lines > after)
                    {
                        yield return (place.Lines, Encoding.UTF8.GetString(line));
                    }
                }
            }

            // A file that had more is read on at once.
            if (place.Lines == before)
            {
                await _more(cancellationToken);
            }
        }
    }

    // Whether the line read last still stands where it stood.
    private static async Task<bool> HoldsAsync(FileStream stream, Place place, CancellationToken cancellationToken)
    {
        if (place.Last is not { } last)
        {
            return true;
        }

        if (stream.Length < place.Bytes)
        {
            return false;
        }

        var present = new byte[last.Length];
        stream.Position = place.Bytes - last.Length - 1;
        await stream.ReadExactlyAsync(present, cancellationToken);
        return present.AsSpan().SequenceEqual(last);
    }

    // Whole lines only; what stands behind the last line break is still being written.
    private static async Task<List<byte[]>> ReadAsync(FileStream stream, CancellationToken cancellationToken)
    {
        var lines = new List<byte[]>();
        var buffer = new byte[Math.Min(MostLineBytes, stream.Length - stream.Position)];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        for (var start = 0; ;)
        {
            var length = buffer.AsSpan(start, read - start).IndexOf((byte)'\n');
            if (length < 0)
            {
                return lines;
            }

            lines.Add(buffer[start..(start + length)]);
            start += length + 1;
        }
    }

    private readonly record struct Place(long Lines, long Bytes, byte[]? Last);
}
