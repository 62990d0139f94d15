using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>How often text may be repeated: the chosen mixture keeps to it, and so do those that are tried, but for MixMin's single components.</summary>
public sealed record CapsConfig : IConfigSection
{
    /// <summary>How often the target run may go through a component. Default 4; 0 for as often as it likes.</summary>
    public double MaxEpochs { get; init; } = 4;

    /// <summary>Tokens that the target run trains on. Default 0: what the run says that searches, and without one those of all components together.</summary>
    public long TargetTokens { get; init; }

    /// <summary>The space of components whose largest weights follow from their amounts.</summary>
    /// <exception cref="ConfigurationException">All components together are too little for the target run.</exception>
    public MixtureSpace Over(IReadOnlyList<MixtureComponent> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        if (MaxEpochs == 0)
        {
            return new MixtureSpace(components);
        }

        var present = components.Sum(component => component.Tokens);
        var target = TargetTokens == 0 ? present : TargetTokens;
        if (MaxEpochs * present < target)
        {
            throw new ConfigurationException("search.caps", [$"The target run wants '{target}' tokens, but all components together hold {present}, which 'search.caps.max_epochs' lets it see {MaxEpochs} times. Allow more epochs, or train on fewer tokens."]);
        }

        return new MixtureSpace(components, [.. components.Select(component => Math.Min(1, MaxEpochs * component.Tokens / target))]);
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(MaxEpochs == 0 || MaxEpochs >= 1, $"{path}.max_epochs", MaxEpochs, "1 or more, or 0 for no limit");
        errors.Require(TargetTokens >= 0, $"{path}.target_tokens", TargetTokens, "0 or more");
    }
}
