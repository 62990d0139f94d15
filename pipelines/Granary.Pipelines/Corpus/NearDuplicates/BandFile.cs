using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>The keys of one band, more than memory holds: sorted runs in a file, merged when they are read.</summary>
internal sealed class BandFile : IDisposable
{
    /// <summary>Bytes of an entry.</summary>
    internal const int EntrySize = sizeof(ulong) + sizeof(long);

    private const int MergeBytes = 32 << 20; // for all runs together
    private const int FewestBytesOfRun = 1 << 12;

    private readonly SafeFileHandle _file;
    private readonly BandEntry[] _buffer;
    private readonly List<(long First, long End)> _runs = []; // in entries
    private int _held;

    /// <summary>Creates the file; <paramref name="entriesInMemory"/> is how many are sorted at once.</summary>
    internal BandFile(string path, int entriesInMemory)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        _buffer = new BandEntry[entriesInMemory];
    }

    internal void Add(BandEntry entry)
    {
        _buffer[_held++] = entry;
        if (_held == _buffer.Length)
        {
            WriteRun();
        }
    }

    /// <summary>All entries in order; nothing can be added once this is called.</summary>
    internal IEnumerable<BandEntry> Sorted()
    {
        WriteRun();
        var queue = new PriorityQueue<RunReader, BandEntry>();
        foreach (var (first, end) in _runs)
        {
            var reader = new RunReader(_file, first, end, Math.Max(FewestBytesOfRun, Math.Min(_buffer.Length * EntrySize, MergeBytes / _runs.Count)) / EntrySize);
            if (reader.MoveNext())
            {
                queue.Enqueue(reader, reader.Current);
            }
        }

        while (queue.TryDequeue(out var reader, out var entry))
        {
            yield return entry;
            if (reader.MoveNext())
            {
                queue.Enqueue(reader, reader.Current);
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
    }

    private void WriteRun()
    {
        if (_held == 0)
        {
            return;
        }

        var entries = _buffer.AsSpan(0, _held);
        entries.Sort();
        var first = _runs.Count > 0 ? _runs[^1].End : 0;
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(entries), first * EntrySize);
        _runs.Add((first, first + _held));
        _held = 0;
    }

    /// <summary>One run, read forwards through a buffer of its own.</summary>
    private sealed class RunReader(SafeFileHandle file, long first, long end, int entries)
    {
        private readonly BandEntry[] _buffer = new BandEntry[entries];
        private long _next = first;
        private int _place;
        private int _filled;

        public BandEntry Current { get; private set; }

        public bool MoveNext()
        {
            if (_place == _filled && !Fill())
            {
                return false;
            }

            Current = _buffer[_place++];
            return true;
        }

        private bool Fill()
        {
            (_place, _filled) = (0, (int)Math.Min(_buffer.Length, end - _next));
            var bytes = MemoryMarshal.AsBytes(_buffer.AsSpan(0, _filled));
            var offset = _next * EntrySize;
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(file, bytes[done..], offset + done);
                done += read > 0 ? read : throw new EndOfStreamException($"A file of band keys ends at byte {offset + done} though more was written.");
            }

            _next += _filled;
            return _filled > 0;
        }
    }
}
