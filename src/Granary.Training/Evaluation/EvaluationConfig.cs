using Granary.Core.Configuration;

namespace Granary.Training.Evaluation;

/// <summary>How a model is measured on held-out documents.</summary>
public sealed record EvaluationConfig : IConfigSection
{
    /// <summary>Inputs of a window. Default 0: the longest the model takes.</summary>
    public int Window { get; init; }

    /// <summary>Bytes of held-out text that are measured, whole documents in the order of their hashes. Default 1,000,000; 0: all.</summary>
    public long MaxBytes { get; init; } = 1_000_000;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Window >= 0, $"{path}.window", Window, "0 (the longest the model takes) or more");
        errors.Require(MaxBytes >= 0, $"{path}.max_bytes", MaxBytes, "0 (all) or more");
    }
}
