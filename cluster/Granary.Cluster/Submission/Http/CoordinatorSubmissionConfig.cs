using Granary.Core.Configuration;

namespace Granary.Cluster.Submission.Http;

/// <summary>A run as a job of a coordinator.</summary>
public sealed record CoordinatorSubmissionConfig : IConfigSection
{
    /// <summary>The higher, the sooner; from -100 to 100. Default 0.</summary>
    public int Priority { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Priority is >= -100 and <= 100, $"{path}.priority", Priority, "from -100 to 100");
    }
}
