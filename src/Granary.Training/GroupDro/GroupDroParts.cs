using Granary.Models.Language;

namespace Granary.Training.GroupDro;

/// <summary>What group DRO trains with; it owns none of it.</summary>
public sealed record GroupDroParts
{
    /// <summary>How long, in what portions.</summary>
    public required TrainingConfig Training { get; init; }

    /// <summary>The proxy's model, rows and optimizer, of a single rank; the objective is the next token.</summary>
    public required TrainerParts Trainer { get; init; }

    /// <summary>The model that the proxy's losses are compared with, over the same vocabulary; it does not change.</summary>
    public required LanguageModel Reference { get; init; }

    /// <summary>The domain of each row of a step, in the order of the rows; steps have the numbers of their batches.</summary>
    public required Func<long, IReadOnlyList<int>> DomainsAt { get; init; }

    /// <summary>Each domain's share of the tokens that the steps are made of; above 0 for every domain that has rows.</summary>
    public required IReadOnlyList<double> SamplingWeights { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Where training stands when the weights begin to move, such as behind the steps that several proxies share. Default: before the first step.</summary>
    public TrainerState Start { get; init; } = new();

    /// <summary>The facts of the checkpoint whose weights model and optimizer hold; null begins at <see cref="Start"/>.</summary>
    public IReadOnlyDictionary<string, string>? ResumeFrom { get; init; }
}
