using System.Collections.ObjectModel;
using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Which clusters are left out: those whose documents' mean of a quality score is out of bounds.</summary>
public sealed record PruneConfig : IConfigSection
{
    /// <summary>
    /// Bounds by the name of a score: one of the built-in heuristics, one of <see cref="Classifiers"/>, or a column of the
    /// corpus. A cluster is left out when any mean is out of bounds. Default empty: all clusters stay.
    /// </summary>
    public IReadOnlyDictionary<string, ScoreBoundsConfig> Bounds { get; init; } = ReadOnlyDictionary<string, ScoreBoundsConfig>.Empty;

    /// <summary>Classifiers that are trained on labelled texts, by the name of the score they give. Default none.</summary>
    public IReadOnlyDictionary<string, QualityClassifierConfig> Classifiers { get; init; } = ReadOnlyDictionary<string, QualityClassifierConfig>.Empty;

    internal string Identity => "prune=" + string.Join(
        ' ',
        [
            .. Bounds.OrderBy(bound => bound.Key, StringComparer.Ordinal).Select(bound => string.Create(CultureInfo.InvariantCulture, $"{bound.Key}:{bound.Value.Min:R}..{bound.Value.Max:R}")),
            .. Classifiers.OrderBy(classifier => classifier.Key, StringComparer.Ordinal).Select(classifier => $"{classifier.Key}:{classifier.Value.Identity}"),
        ]);

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        foreach (var (name, bounds) in Bounds)
        {
            bounds.Validate($"{path}.bounds.{name}", errors);
        }

        foreach (var (name, classifier) in Classifiers)
        {
            classifier.Validate($"{path}.classifiers.{name}", errors);
            errors.Require(!QualityHeuristics.Names.Contains(name), $"{path}.classifiers.{name}", name, $"a name that no built-in score has ({string.Join(", ", QualityHeuristics.Names)})");
        }
    }
}
