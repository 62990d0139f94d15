using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Fingerprints in order, in a file. In memory is the first of each block, so that a look-up reads one block of 4 KiB; a
/// billion fingerprints take 16 MB. The file has no name, so it is gone when the process is.
/// </summary>
internal sealed class FingerprintRun : IDisposable
{
    private const int BlockLength = 512;

    private readonly SafeFileHandle _file;
    private readonly List<ulong> _firsts = [];
    private readonly ulong[] _block = new ulong[BlockLength];
    private long _count;

    private FingerprintRun(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>Writes a run into a folder.</summary>
    public static FingerprintRun Write(string folder, IEnumerable<ulong> sorted)
    {
        var path = Path.Combine(folder, $"seen-{Path.GetRandomFileName()}");
        var run = new FingerprintRun(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete));
        try
        {
            File.Delete(path);
            foreach (var block in sorted.Chunk(BlockLength))
            {
                run.Append(block);
            }

            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>All runs as one, in order.</summary>
    public static IEnumerable<ulong> Merge(IEnumerable<FingerprintRun> runs)
    {
        var heads = new PriorityQueue<IEnumerator<ulong>, ulong>();
        foreach (var run in runs)
        {
            Advance(run.Read().GetEnumerator());
        }

        while (heads.TryDequeue(out var least, out var fingerprint))
        {
            yield return fingerprint;
            Advance(least);
        }

        void Advance(IEnumerator<ulong> run)
        {
            if (run.MoveNext())
            {
                heads.Enqueue(run, run.Current);
            }
        }
    }

    public bool Contains(ulong fingerprint)
    {
        var index = _firsts.BinarySearch(fingerprint);
        if (index >= 0 || index == -1)
        {
            return index >= 0; // the first of a block, or less than all
        }

        var length = ReadBlock(~index - 1, _block);
        return _block.AsSpan(0, length).BinarySearch(fingerprint) >= 0;
    }

    public void Dispose()
    {
        _file.Dispose();
    }

    private IEnumerable<ulong> Read()
    {
        var block = new ulong[BlockLength];
        for (var index = 0; index < _firsts.Count; index++)
        {
            var length = ReadBlock(index, block);
            for (var i = 0; i < length; i++)
            {
                yield return block[i];
            }
        }
    }

    private void Append(ulong[] block)
    {
        RandomAccess.Write(_file, MemoryMarshal.AsBytes<ulong>(block), _count * sizeof(ulong));
        _firsts.Add(block[0]);
        _count += block.Length;
    }

    private int ReadBlock(int index, ulong[] block)
    {
        var begin = (long)index * BlockLength;
        var length = (int)Math.Min(BlockLength, _count - begin);
        var bytes = MemoryMarshal.AsBytes(block.AsSpan(0, length));
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_file, bytes[done..], (begin * sizeof(ulong)) + done);
            done += read > 0 ? read : throw new EndOfStreamException("The fingerprints of the documents seen so far were cut off.");
        }

        return length;
    }
}
