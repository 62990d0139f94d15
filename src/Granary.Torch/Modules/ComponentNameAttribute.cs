namespace Granary.Torch.Modules;

/// <summary>The name of a parameter, buffer or module in checkpoints, which a renamed field does not change.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    /// <summary>The name between the dots of a state key: "q_proj".</summary>
    public required string Name { get; init; }
}
