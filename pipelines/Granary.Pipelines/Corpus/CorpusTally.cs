namespace Granary.Pipelines.Corpus;

/// <summary>Counts a corpus while it is read.</summary>
public sealed class CorpusTally
{
    private readonly List<SourceTally> _sources = [];
    private CorpusManifest? _manifest;

    /// <summary>The counts so far.</summary>
    public CorpusReport Report => new([.. _sources.Select(source => source.ToReport())]);

    /// <summary>What was read.</summary>
    /// <exception cref="InvalidOperationException">The last document has not been taken.</exception>
    public CorpusManifest Manifest => _manifest ?? throw new InvalidOperationException("The corpus has not been read to its end.");

    /// <summary>Begins to count a source.</summary>
    internal SourceTally Begin(CorpusSourceConfig source, long filesListed)
    {
        var tally = new SourceTally(source, filesListed);
        _sources.Add(tally);
        return tally;
    }

    /// <summary>Notes that everything was read.</summary>
    internal void End(string configurationHash)
    {
        _manifest = new CorpusManifest
        {
            ConfigurationHash = configurationHash,
            Files = [.. _sources.Select(source => source.Files)],
            Report = Report,
        };
    }
}
