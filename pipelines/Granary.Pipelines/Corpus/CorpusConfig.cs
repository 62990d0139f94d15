using Granary.Core.Configuration;
using Granary.Pipelines.Corpus.NearDuplicates;

namespace Granary.Pipelines.Corpus;

/// <summary>Which text a run reads.</summary>
public sealed record CorpusConfig : IConfigSection
{
    /// <summary>Where the text comes from; sources are read in this order.</summary>
    public required IReadOnlyList<CorpusSourceConfig> Sources { get; init; }

    /// <summary>
    /// How long reading may take, shared evenly by the sources; it ends at a file's end, and which files were read is
    /// written down. Default null: everything is read.
    /// </summary>
    public TimeSpan? TimeBudget { get; init; }

    /// <summary>Whether a document that stands a second time is dropped. Default exact.</summary>
    public Deduplication Deduplicate { get; init; } = Deduplication.Exact;

    /// <summary>
    /// Bytes of memory to know the documents by that were seen, rounded down to a power of two; a document takes 11. When
    /// there are more, files in the stage's folder take over, and a quarter of the memory is added to spare most look-ups there. Default 256 MiB, which is 25
    /// million documents.
    /// </summary>
    public long DeduplicationBytes { get; init; } = 256 << 20;

    /// <summary>
    /// How documents are found that nearly equal an earlier one; these are dropped, after everything was read once more.
    /// Default null: only equal texts are dropped; {} looks for them with the defaults. Limits of the sources count them all
    /// the same.
    /// </summary>
    public NearDuplicateConfig? NearDuplicates { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Sources.Count > 0, $"{path}.sources", "[]", "a list of at least one source");
        errors.Require(TimeBudget is null || TimeBudget > TimeSpan.Zero, $"{path}.time_budget", TimeBudget, "longer than 0s, or null for no limit");
        errors.Require(DeduplicationBytes is >= 1 << 20 and <= 1L << 36, $"{path}.deduplication_bytes", DeduplicationBytes, "from 1048576 (1 MiB) to 68719476736 (64 GiB)");
        NearDuplicates?.Validate($"{path}.near_duplicates", errors);
        for (var i = 0; i < Sources.Count; i++)
        {
            var name = Sources[i].Name;
            errors.Require(Sources.Take(i).All(other => other.Name != name), $"{path}.sources.{i}.name", name, "a name that no other source has");
            Sources[i].Validate($"{path}.sources.{i}", errors);
        }
    }
}
