using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>How clusters are merged, two by two, those first that are most alike.</summary>
public sealed record MergeConfig : IConfigSection
{
    /// <summary>
    /// What is least for those that are most alike. <c>ward</c> (default): the growth of the variance inside clusters, each of the
    /// first clusters counted once, which leaves clusters of like size. <c>average</c>: the mean distance between first clusters,
    /// weighed by documents, which leaves kinds of text whole and may leave small ones. <c>centroid</c>: the distance of their
    /// mean vectors. <c>none</c>: nothing is merged.
    /// </summary>
    public string Method { get; init; } = "ward";

    /// <summary>Clusters that are left; 0 leaves it to <see cref="Threshold"/>. Default 16.</summary>
    public int TargetK { get; init; } = 16;

    /// <summary>
    /// The height up to which clusters are merged; 0 sets no bound, and with <see cref="TargetK"/> the first that is reached ends it.
    /// A height of <c>ward</c> is no distance of centroids: the same number merges less with it. Default 0.
    /// </summary>
    public double Threshold { get; init; }

    internal string Identity => string.Create(CultureInfo.InvariantCulture, $"merge={Method} target={TargetK} threshold={Threshold:R}");

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Method is "ward" or "average" or "centroid" or "none", $"{path}.method", Method, "'ward', 'average', 'centroid' or 'none'");
        errors.Require(TargetK >= 0, $"{path}.target_k", TargetK, "0 (up to threshold) or more");
        errors.Require(Threshold >= 0, $"{path}.threshold", Threshold, "0 (no bound) or more");
        errors.Require(Method == "none" || TargetK > 0 || Threshold > 0, $"{path}.target_k", TargetK, "greater than 0, or threshold must be: merging ends somewhere");
    }
}
