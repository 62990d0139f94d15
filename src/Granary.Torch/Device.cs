namespace Granary.Torch;

/// <summary>Where tensors live.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which of its kind; -1 for the only or the current one.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>"cpu", "cuda:0".</summary>
    public override string ToString()
    {
        var name = Type switch
        {
            DeviceType.CPU => "cpu",
            DeviceType.CUDA => "cuda",
            _ => Type.ToString().ToLowerInvariant(),
        };
        return Type == DeviceType.CPU || Index < 0 ? name : $"{name}:{Index}";
    }
}
