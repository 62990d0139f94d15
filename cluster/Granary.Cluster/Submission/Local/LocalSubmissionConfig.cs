using Granary.Core.Configuration;

namespace Granary.Cluster.Submission.Local;

/// <summary>A run as a process of this machine that outlives the terminal.</summary>
public sealed record LocalSubmissionConfig : IConfigSection
{
    /// <summary>Processes that train together. Default 1.</summary>
    public int Ranks { get; init; } = 1;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Ranks >= 1, $"{path}.ranks", Ranks, "1 or more");
    }
}
