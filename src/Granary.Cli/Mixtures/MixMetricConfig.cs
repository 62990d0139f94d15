using Granary.Core.Configuration;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Mixtures;

/// <summary>One of the things a proxy is measured by: its loss on held-out documents, or its errors in a task of `granary eval --long`.</summary>
public sealed record MixMetricConfig : IConfigSection
{
    /// <summary>What a name that measures one source begins with.</summary>
    public const string HeldOutPrefix = "heldout.";

    /// <summary>What a name that asks for one task begins with.</summary>
    public const string TaskPrefix = "task.";

    private const string BitsPerByte = "bits-per-byte";
    private const string NatsPerToken = "nats-per-token";

    /// <summary>
    /// What reports call it. <c>heldout.SOURCE</c> measures a source's held-out documents, <c>task.NAME</c> a task of
    /// `granary eval --long`; any other name needs <see cref="Sources"/>.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>Its weight in the objective; weights are shares of their sum. Default 1; 0 measures and reports only.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The sources whose held-out documents are measured together. Default empty: the one in the name.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>A loss' unit: <c>bits-per-byte</c> (default) or <c>nats-per-token</c>.</summary>
    public string Unit { get; init; } = BitsPerByte;

    /// <summary>For a task: tokens of its contexts. Default 128.</summary>
    public int Length { get; init; } = 128;

    /// <summary>For a task: questions for each of three places in the context. Default 20.</summary>
    public int Items { get; init; } = 20;

    /// <summary>The task of `granary eval --long`; null for a loss.</summary>
    internal string? Task => Name.StartsWith(TaskPrefix, StringComparison.Ordinal) ? Name[TaskPrefix.Length..] : null;

    /// <summary>Whether the loss is in nats a token.</summary>
    internal bool IsInNats => Unit == NatsPerToken;

    /// <summary>The sources whose documents it needs; none for a task.</summary>
    internal IReadOnlyList<string> Measured => Task is not null ? [] : Sources.Count > 0 || !Name.StartsWith(HeldOutPrefix, StringComparison.Ordinal) ? Sources : [Name[HeldOutPrefix.Length..]];

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Weight >= 0 && double.IsFinite(Weight), $"{path}.weight", Weight, "0 (reported only) or more");
        errors.Require(Unit is BitsPerByte or NatsPerToken, $"{path}.unit", Unit, $"'{BitsPerByte}' or '{NatsPerToken}'");
        errors.Require(Length >= 32, $"{path}.length", Length, "32 or more");
        errors.Require(Items > 0, $"{path}.items", Items, "greater than 0");
        if (Task is { } task)
        {
            errors.Require(RetrievalTasks.Names.Contains(task), $"{path}.name", Name, $"{TaskPrefix} and one of {string.Join(", ", RetrievalTasks.Names)}");
            errors.Require(Sources.Count == 0, $"{path}.sources", string.Join(", ", Sources), "empty for a task");
        }
        else
        {
            errors.Require(Measured.Count > 0, $"{path}.name", Name, $"{HeldOutPrefix} and a source, {TaskPrefix} and a task, or any name with 'sources'");
        }
    }
}
