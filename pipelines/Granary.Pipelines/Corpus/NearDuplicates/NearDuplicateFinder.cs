using Granary.Core.Progress;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Finds documents that nearly equal an earlier one, in memory that does not grow with the corpus.</summary>
/// <remarks>
/// (1) Each document is signed; its signature (224 bytes with the defaults) and, for each band, its key with its place (16
/// bytes) go to files. (2) The keys of a band are sorted outside of memory, so that equal keys lie together. (3) Documents of
/// one key are compared by their signatures: each with the first of them, and where it does not resemble that one, with the
/// next ones that resembled none, up to 16. (4) Pairs that resemble each other join their groups, and of each group the first
/// document stays. A chain is one group: its ends need not resemble each other. The result depends on the texts, their
/// order and the configuration alone.
/// </remarks>
internal sealed class NearDuplicateFinder : IDisposable
{
    private const int SortBytes = 64 << 20; // for all bands together
    private const int MostLeaders = 16;
    private const int EntriesPerReport = 1 << 16;

    private readonly NearDuplicateConfig _config;
    private readonly string _folder;
    private readonly MinHasher _hasher;
    private readonly SignatureFile _signatures;
    private readonly BandFile[] _bands;
    private readonly uint[] _signature;

    /// <summary>Creates a finder that keeps its files in a folder, which is removed with it; one that is left over is replaced.</summary>
    internal NearDuplicateFinder(NearDuplicateConfig config, string folder)
        : this(config, folder, SortBytes / config.Bands / BandFile.EntrySize)
    {
    }

    /// <summary>The same with another number of keys of a band that are sorted in memory.</summary>
    internal NearDuplicateFinder(NearDuplicateConfig config, string folder, int keysInMemory)
    {
        _config = config;
        _folder = folder;
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        _hasher = new MinHasher(config);
        _signature = new uint[config.Hashes];
        _signatures = new SignatureFile(Path.Combine(folder, "signatures"), config.Hashes);
        _bands = [.. Enumerable.Range(0, config.Bands).Select(band => new BandFile(Path.Combine(folder, $"band-{band}"), keysInMemory))];
    }

    /// <summary>Documents added so far; the next one's place.</summary>
    internal long Count => _signatures.Count;

    /// <summary>Signs and adds the next document of the corpus.</summary>
    internal void Add(ReadOnlySpan<byte> text)
    {
        Add(_hasher.Sign(text, _signature), _signature);
    }

    /// <summary>Adds the next document of the corpus by its signature.</summary>
    internal void Add(bool hasWords, ReadOnlySpan<uint> signature)
    {
        var document = Count;
        for (var band = 0; hasWords && band < _bands.Length; band++)
        {
            _bands[band].Add(new BandEntry(_hasher.KeyOf(signature, band), document));
        }

        _signatures.Add(signature);
    }

    /// <summary>The documents to drop, in the order of the corpus; nothing can be added once this is called.</summary>
    internal IEnumerable<NearDuplicate> Find(IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var documents = Count;
        using var groups = new DocumentUnion(Path.Combine(_folder, "groups"), documents);
        var done = 0L;
        foreach (var band in _bands)
        {
            var leaders = new Leaders(this, groups);
            foreach (var entry in band.Sorted())
            {
                leaders.Take(entry);
                if (++done % EntriesPerReport == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progress?.Report(new ProgressUpdate("comparing documents", done, (double)documents * _bands.Length, "keys"));
                }
            }
        }

        for (var document = 0L; document < documents; document++)
        {
            if (groups.FirstOf(document) is var original && original != document)
            {
                yield return new NearDuplicate(document, original);
            }
        }
    }

    public void Dispose()
    {
        _signatures.Dispose();
        foreach (var band in _bands)
        {
            band.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The documents of the present key that resembled none before them, with their signatures.</summary>
    private sealed class Leaders(NearDuplicateFinder finder, DocumentUnion groups)
    {
        private readonly long[] _documents = new long[MostLeaders];
        private readonly ushort[][] _signatures = [.. Enumerable.Range(0, MostLeaders).Select(_ => new ushort[finder._config.Hashes])];
        private readonly ushort[] _candidate = new ushort[finder._config.Hashes];
        private ulong _key;
        private int _count;
        private int _read; // leaders whose signatures have been read: most keys have one document, which is compared with none

        public void Take(BandEntry entry)
        {
            if (_count == 0 || entry.Key != _key)
            {
                (_key, _count, _read) = (entry.Key, 1, 0);
                _documents[0] = entry.Document;
                return;
            }

            var first = groups.FirstOf(entry.Document);
            if (HasGroup(first) || JoinsOne(entry.Document))
            {
                return;
            }

            if (_count < MostLeaders)
            {
                _candidate.CopyTo(_signatures[_count], 0);
                _documents[_count++] = entry.Document;
                _read = _count;
            }
        }

        private bool HasGroup(long first)
        {
            for (var i = 0; i < _count; i++)
            {
                if (groups.FirstOf(_documents[i]) == first)
                {
                    return true;
                }
            }

            return false;
        }

        private bool JoinsOne(long document)
        {
            for (; _read < _count; _read++)
            {
                finder._signatures.Read(_documents[_read], _signatures[_read]);
            }

            finder._signatures.Read(document, _candidate);
            for (var i = 0; i < _count; i++)
            {
                if (SignatureFile.Similarity(_signatures[i], _candidate) >= finder._config.MinSimilarity)
                {
                    groups.Join(_documents[i], document);
                    return true;
                }
            }

            return false;
        }
    }
}
