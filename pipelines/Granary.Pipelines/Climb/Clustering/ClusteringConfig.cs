using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>How documents become clusters: k-means, pruning by quality, merging.</summary>
public sealed record ClusteringConfig : IConfigSection
{
    /// <summary>Clusters that k-means makes, before any are pruned or merged; fewer where there are fewer documents. Default 64.</summary>
    public int Initial { get; init; } = 64;

    /// <summary>
    /// How the centres are found. <c>exact</c>: Lloyd's iterations over all documents that are fitted. <c>mini-batch</c>: steps of
    /// <see cref="BatchDocuments"/>. <c>auto</c> (default): exact up to 200,000 documents.
    /// </summary>
    public string Method { get; init; } = "auto";

    /// <summary>Times k-means is begun anew; the result with the least inertia is kept. Default 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Iterations at most. Default 100.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Iterations end when the centres' squared moves sum to less than this share of the documents' mean variance. Default 1e-4.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Documents drawn from all to find the centres; all are assigned to them. Default 500,000.</summary>
    public int FitDocuments { get; init; } = 500_000;

    /// <summary>Documents in a step of mini-batch k-means; at least 4 a cluster are taken. Default 8,192.</summary>
    public int BatchDocuments { get; init; } = 8_192;

    /// <summary>Which clusters are left out for their documents' quality. Default: none.</summary>
    public PruneConfig Prune { get; init; } = new();

    /// <summary>How clusters that are alike become one. Default: Ward linkage to 16.</summary>
    public MergeConfig Merge { get; init; } = new();

    /// <summary>Everything that decides the clusters of given vectors, as text.</summary>
    public string Identity => string.Create(
        CultureInfo.InvariantCulture,
        $"clusters 1 initial={Initial} method={Method} restarts={Restarts} iterations={MaxIterations} tolerance={Tolerance:R} fit={FitDocuments} batch={BatchDocuments} {Prune.Identity} {Merge.Identity}");

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Initial > 0, $"{path}.initial", Initial, "greater than 0");
        errors.Require(Method is "auto" or "exact" or "mini-batch", $"{path}.method", Method, "'auto', 'exact' or 'mini-batch'");
        errors.Require(Restarts > 0, $"{path}.restarts", Restarts, "greater than 0");
        errors.Require(MaxIterations > 0, $"{path}.max_iterations", MaxIterations, "greater than 0");
        errors.Require(Tolerance >= 0, $"{path}.tolerance", Tolerance, "0 or more");
        errors.Require(FitDocuments >= Initial, $"{path}.fit_documents", FitDocuments, $"initial ({Initial}) or more");
        errors.Require(BatchDocuments > 0, $"{path}.batch_documents", BatchDocuments, "greater than 0");
        Prune.Validate($"{path}.prune", errors);
        Merge.Validate($"{path}.merge", errors);
    }
}
