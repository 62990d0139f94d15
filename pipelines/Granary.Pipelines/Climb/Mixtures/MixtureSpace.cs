namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>What may be mixed, and how much of each at most. A mixture is an array of weights in the components' order that sums to 1.</summary>
public sealed class MixtureSpace
{
    // Bounds are quotients of amounts, whose rounding must not make them too little for 1.
    private const double Slack = 1e-6;

    /// <summary>Creates the space; without bounds any weight up to 1 is allowed.</summary>
    /// <param name="components">At least one, with priors that sum to 1 and names that differ.</param>
    /// <param name="maxWeights">The largest weight of each component, such as an amount of epochs allows; null for 1.</param>
    /// <exception cref="ArgumentException">There is no component, two have one name, or the bounds cannot sum to 1.</exception>
    public MixtureSpace(IReadOnlyList<MixtureComponent> components, IReadOnlyList<double>? maxWeights = null)
    {
        ArgumentNullException.ThrowIfNull(components);
        var bounds = maxWeights ?? [.. Enumerable.Repeat(1.0, components.Count)];
        if (components.Count == 0 || components.DistinctBy(component => component.Name).Count() != components.Count || bounds.Count != components.Count)
        {
            throw new ArgumentException($"A mixture needs components with names that differ, and a bound for each; given are '{string.Join(", ", components.Select(component => component.Name))}' with {bounds.Count} bounds.", nameof(components));
        }

        if (bounds.Sum() < 1 - Slack)
        {
            throw new ArgumentException($"The largest weights of the components sum to '{bounds.Sum():R}', but weights sum to 1. Allow more epochs, or train on fewer tokens.", nameof(maxWeights));
        }

        Components = components;
        MaxWeights = bounds;
        Prior = [.. components.Select(component => component.Prior)];
    }

    /// <summary>The components.</summary>
    public IReadOnlyList<MixtureComponent> Components { get; }

    /// <summary>The largest weight of each.</summary>
    public IReadOnlyList<double> MaxWeights { get; }

    /// <summary>Each component's share of the tokens.</summary>
    public IReadOnlyList<double> Prior { get; }

    /// <summary>The number of components.</summary>
    public int Count => Components.Count;

    /// <summary>A mixture by the components' names, as files and people see it.</summary>
    public IReadOnlyDictionary<string, double> ByName(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Components.Zip(weights).ToDictionary(pair => pair.First.Name, pair => pair.Second);
    }

    /// <summary>The weights of named components in the components' order.</summary>
    /// <exception cref="ArgumentException">A component has no weight, or a weight no component.</exception>
    public double[] InOrder(IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var strangers = weights.Keys.Except(Components.Select(component => component.Name)).ToList();
        var missing = Components.Select(component => component.Name).Except(weights.Keys).ToList();
        return strangers.Count + missing.Count == 0
            ? [.. Components.Select(component => weights[component.Name])]
            : throw new ArgumentException($"A mixture must weigh each component and nothing else; it lacks '{string.Join(", ", missing)}' and has '{string.Join(", ", strangers)}' besides.", nameof(weights));
    }
}
