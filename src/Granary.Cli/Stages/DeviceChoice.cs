using Granary.Core.Configuration;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Stages;

/// <summary>Makes a device the one that this process trains and measures models on.</summary>
internal static class DeviceChoice
{
    internal const string Cpu = "cpu";

    /// <summary>The kind of a run's device and what it computes in: on another kind a run has other bits.</summary>
    internal static string Describe(TrainingConfig config)
    {
        return config.ToDevice().Type == DeviceType.CPU ? Cpu : $"cuda in {(config.Precision == TrainingPrecision.Bf16 ? "bf16" : "fp32")}";
    }

    /// <summary>The device of a run, which trains by itself there.</summary>
    /// <exception cref="ConfigurationException">There is no such device, or there are several ranks.</exception>
    internal static void Use(TrainingConfig config, int ranks = 1)
    {
        Check(config, ranks);
        Use(config.Device, "training.device");
        if (config.Deterministic && config.ToDevice().Type == DeviceType.CUDA)
        {
            torch.use_deterministic_algorithms(true);
        }
    }

    /// <summary>Looks for the device of a run without using it.</summary>
    /// <exception cref="ConfigurationException">There is no such device, or there are several ranks.</exception>
    internal static void Check(TrainingConfig config, int ranks = 1)
    {
        if (ranks > 1 && config.ToDevice().Type != DeviceType.CPU)
        {
            throw new ConfigurationException("training", [$"'training.device' is '{config.Device}' but {ranks} ranks train on the cpu only; set it to cpu, or start one rank."]);
        }

        Require(config.Device, "training.device");
    }

    /// <summary>The device of a name; <paramref name="key"/> is what the name was given as.</summary>
    /// <exception cref="ConfigurationException">There is no such device.</exception>
    internal static void Use(string name, string key)
    {
        torch.set_default_device(Require(name, key));
    }

    private static Device Require(string name, string key)
    {
        _ = Device.TryParse(name, out var device);
        if (device.Type == DeviceType.CPU)
        {
            return device;
        }

        var count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (count == 0)
        {
            throw new ConfigurationException("device", [$"'{key}' is '{name}' but no CUDA device can be used here; `granary doctor` says what this build has. Set it to cpu."]);
        }

        if (device.Index >= count)
        {
            throw new ConfigurationException("device", [$"'{key}' is '{name}' but the devices are cuda:0 to cuda:{count - 1}; name one of them."]);
        }

        return device;
    }
}
