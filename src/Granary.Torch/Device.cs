using System.Globalization;

namespace Granary.Torch;

/// <summary>Where tensors live.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which of its kind; -1 for the only or the current one.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>The device of a name: "cpu", "cuda" for the current one, "cuda:0"; false for any other name.</summary>
    public static bool TryParse(string name, out Device device)
    {
        var (kind, index) = name.Split(':') is [var before, var behind] ? (before, behind) : (name, null);
        var number = -1;
        var isNumbered = index is null || int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        device = kind == "cuda" ? new Device(DeviceType.CUDA, number) : torch.CPU;
        return isNumbered && (kind == "cuda" || name == "cpu");
    }

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
