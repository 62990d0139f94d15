using System.Numerics;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// The texts that were seen, by 64 bits of their hash, in a bounded measure of memory: what does not fit is in sorted
/// files. The decisions are those of a set of fingerprints, whatever fits.
/// </summary>
/// <remarks>
/// Two different texts of n share a fingerprint with a probability of about n^2 / 2^65: 3 in 100 for a billion documents,
/// one of which would be lost then.
/// </remarks>
internal sealed class SeenDocuments : IDisposable
{
    private const int Tables = 256; // by the highest eight bits, so that one after the other is in order, and grows by itself
    private const int MaxRuns = 8;
    private const int FilterBitsPerFingerprint = 16;

    private readonly FingerprintTable[] _tables = [.. Enumerable.Range(0, Tables).Select(_ => new FingerprintTable())];
    private readonly List<FingerprintRun> _runs = [];
    private readonly string _folder;
    private readonly long _capacity;
    private FingerprintFilter? _filter; // of what is in the runs
    private long _count; // in the tables

    /// <summary>A set that keeps as many fingerprints in memory, and writes the others into a folder.</summary>
    public SeenDocuments(long capacity, string folder)
    {
        _capacity = capacity;
        _folder = folder;
    }

    /// <summary>How many fingerprints some bytes of memory hold. Tables double, and three of four slots of eight bytes are taken when they are full.</summary>
    public static long CapacityOf(long bytes)
    {
        return (long)BitOperations.RoundUpToPowerOf2((ulong)bytes / 2 + 1) / sizeof(ulong) / 4 * 3;
    }

    /// <summary>Adds a text by its hash; false when an equal one was seen.</summary>
    public bool Add(UInt128 hash)
    {
        // The upper half: the lower decides what is held out. 0 marks an empty slot, so it shares the fingerprint of 1.
        var fingerprint = Math.Max(1, (ulong)(hash >> 64));
        var table = _tables[fingerprint >> 56];
        if (table.Contains(fingerprint) || IsInRun(fingerprint))
        {
            return false;
        }

        table.Add(fingerprint);
        _count++;
        if (_count >= _capacity)
        {
            Spill();
        }

        return true;
    }

    public void Dispose()
    {
        _runs.ForEach(run => run.Dispose());
    }

    private bool IsInRun(ulong fingerprint)
    {
        return _filter?.MayContain(fingerprint) == true && _runs.Exists(run => run.Contains(fingerprint));
    }

    private void Spill()
    {
        _filter ??= new FingerprintFilter(_capacity * FilterBitsPerFingerprint);
        _runs.Add(FingerprintRun.Write(_folder, TakeSorted(_filter)));
        _count = 0;
        if (_runs.Count > MaxRuns)
        {
            var merged = FingerprintRun.Write(_folder, FingerprintRun.Merge(_runs));
            _runs.ForEach(run => run.Dispose());
            _runs.Clear();
            _runs.Add(merged);
        }
    }

    private IEnumerable<ulong> TakeSorted(FingerprintFilter filter)
    {
        foreach (var table in _tables)
        {
            foreach (var fingerprint in table.TakeSorted())
            {
                filter.Add(fingerprint);
                yield return fingerprint;
            }
        }
    }
}
