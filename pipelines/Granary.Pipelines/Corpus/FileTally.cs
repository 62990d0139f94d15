using System.Security.Cryptography;

namespace Granary.Pipelines.Corpus;

/// <summary>Puts together what the parts of a file turn out to be, in their order.</summary>
internal sealed class FileTally
{
    private readonly CorpusFile _listed;
    private readonly long _documentsBefore;
    private readonly List<byte[]> _parts = [];

    /// <summary>Begins a file of a source that has kept <paramref name="documentsBefore"/> documents.</summary>
    public FileTally(CorpusFile listed, long documentsBefore)
    {
        _listed = listed;
        _documentsBefore = documentsBefore;
    }

    /// <summary>The line ends in the parts so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Whether a part could not be read to its end; nothing behind it counts.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the source's limits left documents of the file out.</summary>
    public bool IsCut { get; set; }

    /// <summary>Adds a part; null when it could not be read to its end.</summary>
    public void Add(PartDigest? part)
    {
        IsBroken |= part is null;
        Lines += part?.Lines ?? 0;
        _parts.Add(part?.Sha256 ?? []);
    }

    /// <summary>The file as it was read, when the source has kept <paramref name="documents"/> documents.</summary>
    public CorpusFile ToFile(long documents)
    {
        var hash = _parts.Count == 1 ? _parts[0] : SHA256.HashData([.. _parts.SelectMany(part => part)]);
        return _listed with
        {
            Sha256 = IsBroken || IsCut ? null : Convert.ToHexStringLower(hash),
            Documents = documents - _documentsBefore,
        };
    }
}
