using Granary.Core.Files;

namespace Granary.Core.Runs;

/// <summary>
/// A run's events in a file, one JSON object a line, only ever appended. Each line reaches the operating system before
/// <see cref="Write"/> returns, so a killed process loses none; a line torn by a power cut is cut off on opening.
/// </summary>
public sealed class EventLog : IMetricSink, IDisposable
{
    private const byte NewLine = (byte)'\n';

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    // Guarded by _gate: ranks' callbacks and the checkpoint writer report from threads of their own.
    private FileStream _stream;

    private EventLog(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        _stream = Append(path);
    }

    /// <summary>Opens the log, creating it where there is none; <paramref name="time"/> gives each event its time.</summary>
    public static EventLog Open(string path, TimeProvider time)
    {
        if (File.Exists(path))
        {
            CutTornLines(path);
        }

        return new EventLog(path, time);
    }

    /// <summary>The events of a log, in order; a torn last line, which a run still being written may have, is passed over.</summary>
    /// <exception cref="CorpusException">A line that is not the last is not an event.</exception>
    public static IEnumerable<RunEvent> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var number = 0L;
        CorpusException? fault = null;
        foreach (var line in Lines(stream))
        {
            number++;
            if (fault is not null)
            {
                throw fault;
            }

            if (RunEvent.TryParse(line) is { } read)
            {
                yield return read;
            }
            else
            {
                fault = new CorpusException(path, "The line is not an event. Remove it to read the rest.", number);
            }
        }
    }

    /// <inheritdoc/>
    public void Write(RunEvent reported)
    {
        var json = (reported with { Time = _time.GetUtcNow() }).ToJson();
        byte[] line = [.. json, NewLine];
        lock (_gate)
        {
            // One write call a line: a reader never sees half of one from this process.
            _stream.Write(line);
            _stream.Flush();
        }
    }

    /// <summary>
    /// Removes the events of steps after <paramref name="step"/>, so that a run resumed from there does not report them
    /// twice. Events that belong to no step stay.
    /// </summary>
    public void RemoveAfter(long step)
    {
        RemoveWhere(reported => reported.Step > step);
    }

    /// <summary>Removes the events that <paramref name="isUnwanted"/> holds of; a reader sees the old log or the new one.</summary>
    public void RemoveWhere(Predicate<RunEvent> isUnwanted)
    {
        lock (_gate)
        {
            _stream.Dispose();
            AtomicFile.Write(_path, kept =>
            {
                using var stream = File.OpenRead(_path);
                foreach (var line in Lines(stream))
                {
                    if (RunEvent.TryParse(line) is not { } present || !isUnwanted(present))
                    {
                        kept.Write(line.Span);
                        kept.WriteByte(NewLine);
                    }
                }
            });
            _stream = Append(_path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stream.Dispose();
        }
    }

    private static FileStream Append(string path)
    {
        return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    private static void CutTornLines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var (end, whole) = (0L, 0L);
        foreach (var line in Lines(stream, includeTorn: false))
        {
            end += line.Length + 1;

            // After a power cut a tail of zeros, or of another file's bytes, may stand behind the last whole line.
            whole = RunEvent.TryParse(line) is not null ? end : whole;
        }

        if (whole < stream.Length)
        {
            stream.SetLength(whole);
            stream.Flush(flushToDisk: true);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(Stream stream, bool includeTorn = true)
    {
        var buffer = new byte[1 << 16];
        var (start, end) = (0, 0);
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf(NewLine);
            if (length >= 0)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
                continue;
            }

            (start, end) = (0, MoveToFront(ref buffer, start, end));
            var read = stream.Read(buffer, end, buffer.Length - end);
            if (read == 0)
            {
                break;
            }

            end += read;
        }

        if (end > start && includeTorn)
        {
            yield return buffer.AsMemory(start, end - start);
        }
    }

    private static int MoveToFront(ref byte[] buffer, int start, int end)
    {
        var source = buffer;
        if (end - start == buffer.Length)
        {
            buffer = new byte[2 * source.Length];
        }

        source.AsSpan(start, end - start).CopyTo(buffer);
        return end - start;
    }
}
