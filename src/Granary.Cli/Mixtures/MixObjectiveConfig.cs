using Granary.Core.Configuration;

namespace Granary.Cli.Mixtures;

/// <summary>What a mixture is judged by: the weighted sum of metrics of the proxy that was trained on it, lower is better.</summary>
public sealed record MixObjectiveConfig : IConfigSection
{
    /// <summary>The metrics; at least one. Several are averaged by their weights.</summary>
    public IReadOnlyList<MixMetricConfig> Metrics { get; init; } = [];

    /// <summary>
    /// The share of the held-out documents, chosen by a hash of their content, that the search measures on. The others are
    /// left for the run's own evaluation, which no proxy has seen. Default 0.5.
    /// </summary>
    public double SearchShare { get; init; } = 0.5;

    /// <summary>Bytes of held-out text that each metric measures on at most, whole documents. Default 200,000; 0: all.</summary>
    public long MaxBytes { get; init; } = 200_000;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Metrics.Count > 0, $"{path}.metrics", "empty", "a list with at least one metric, such as {name: heldout.SOURCE}");
        errors.Require(SearchShare is > 0 and <= 1, $"{path}.search_share", SearchShare, "above 0, up to 1 (then the run's own evaluation has none left)");
        errors.Require(MaxBytes >= 0, $"{path}.max_bytes", MaxBytes, "0 (all) or more");
        foreach (var (i, metric) in Metrics.Index())
        {
            metric.Validate($"{path}.metrics.{i}", errors);
        }

        foreach (var twice in Metrics.GroupBy(metric => metric.Name).Where(group => group.Count() > 1))
        {
            errors.Require(false, $"{path}.metrics", twice.Key, "named once: give one of the two another name");
        }
    }
}
