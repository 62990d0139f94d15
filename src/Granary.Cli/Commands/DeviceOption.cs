using System.CommandLine;
using Granary.Torch;

namespace Granary.Cli.Commands;

/// <summary>The option that says where a model computes.</summary>
internal static class DeviceOption
{
    internal const string Name = "--device";

    /// <summary>A fresh option; a name that no device has is wrong usage.</summary>
    internal static Option<string> Create()
    {
        var device = new Option<string>(Name) { Description = "Where the model computes: cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cpu" };
        device.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault()?.Value is { } name && !Device.TryParse(name, out _))
            {
                result.AddError($"'{Name}' is '{name}' but must be 'cpu', 'cuda' or 'cuda:N'.");
            }
        });
        return device;
    }
}
