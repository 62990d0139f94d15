using Granary.Core.Configuration;

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

    /// <summary>Whether a document that stands a second time is dropped. Default exact; it keeps 16 bytes a document in memory.</summary>
    public Deduplication Deduplicate { get; init; } = Deduplication.Exact;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Sources.Count > 0, $"{path}.sources", "[]", "a list of at least one source");
        errors.Require(TimeBudget is null || TimeBudget > TimeSpan.Zero, $"{path}.time_budget", TimeBudget, "longer than 0s, or null for no limit");
        for (var i = 0; i < Sources.Count; i++)
        {
            var name = Sources[i].Name;
            errors.Require(Sources.Take(i).All(other => other.Name != name), $"{path}.sources.{i}.name", name, "a name that no other source has");
            Sources[i].Validate($"{path}.sources.{i}", errors);
        }
    }
}
