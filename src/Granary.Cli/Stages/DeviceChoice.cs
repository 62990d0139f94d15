using Granary.Cli.Mixtures;
using Granary.Core.Configuration;
using Granary.Distributed.Ranks;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Training;

namespace Granary.Cli.Stages;

/// <summary>Makes a device the one that this process trains and measures models on.</summary>
internal static class DeviceChoice
{
    internal const string Cpu = "cpu";

    private const string Key = "training.device";

    /// <summary>The kind of a run's device and what it computes in: on another kind a run has other bits.</summary>
    internal static string Describe(TrainingConfig config)
    {
        return (config.ToDevice().Type, config.Precision) switch
        {
            (DeviceType.CPU, TrainingPrecision.Fp32) => Cpu,
            (DeviceType.CPU, _) => $"cpu in bf16 by {RoundingUnit}",
            (_, TrainingPrecision.Bf16) => "cuda in bf16",
            _ => "cuda in fp32",
        };
    }

    /// <summary>What multiplies factors that are rounded to bfloat16 on this CPU: the two add in different orders.</summary>
    internal static string RoundingUnit => FusedLinear.IsRoundingFast ? "AVX512-BF16" : "fp32's instructions";

    /// <summary>What a run should know of the device that it was given and this machine has otherwise; null where there is nothing.</summary>
    internal static string? WarningOf(TrainingConfig config)
    {
        return config.ToDevice().Type == DeviceType.CPU ? WarningOf("training.precision", config.Precision, "or train on a CPU that has it or on cuda") : null;
    }

    /// <summary>The same of the proxies of a search, which train on CPUs.</summary>
    internal static string? WarningOf(ProxyConfig proxy) => WarningOf("mix.proxy.precision", proxy.Precision, "or search on CPUs that have it");

    private static string? WarningOf(string key, TrainingPrecision precision, string otherwise)
    {
        return precision == TrainingPrecision.Bf16 && !FusedLinear.IsRoundingFast
            ? $"'{key}' is 'bf16' but this CPU has no AVX512-BF16: factors are rounded all the same and products take fp32's time; set it to fp32, {otherwise}."
            : null;
    }

    /// <summary>The device of a run, on which this process trains by itself or as one of its ranks.</summary>
    /// <exception cref="ConfigurationException">There is no such device.</exception>
    internal static void Use(TrainingConfig config, RankEnvironment? rank = null)
    {
        torch.set_default_device(rank is { IsOneOfMany: true } ? OfRank(config, rank) : Require(config.Device, Key));
        if (config.Deterministic && config.ToDevice().Type == DeviceType.CUDA)
        {
            torch.use_deterministic_algorithms(true);
        }
    }

    /// <summary>Looks for the devices of a run that starts so many ranks here, without using them.</summary>
    /// <exception cref="ConfigurationException">There is no such device, or there are too few.</exception>
    internal static void Check(TrainingConfig config, int ranks = 1)
    {
        if (Require(config.Device, Key).Type != DeviceType.CPU && ranks > 1)
        {
            RequireDeviceEach(config, ranks, torch.cuda.device_count());
        }
    }

    /// <summary>The device of a rank: its number on its machine, or the only one that its launcher shows it.</summary>
    /// <exception cref="ConfigurationException">There is none for it.</exception>
    internal static int IndexOf(TrainingConfig config, RankEnvironment rank, int count)
    {
        if (count == 1)
        {
            return 0;
        }

        RequireDeviceEach(config, rank.LocalSize, count);
        return rank.LocalRank;
    }

    /// <summary>Refuses ranks that would share a device, which NCCL does not do, and one device for all of them.</summary>
    /// <exception cref="ConfigurationException">They would.</exception>
    internal static void RequireDeviceEach(TrainingConfig config, int ranks, int count)
    {
        if (config.ToDevice().Index >= 0)
        {
            throw new ConfigurationException("training", [$"'training.device' is '{config.Device}' but each of {ranks} ranks takes a device of its own; set it to cuda."]);
        }

        if (ranks > count)
        {
            throw new ConfigurationException("training", [$"'training.device' is 'cuda' for {ranks} ranks on this machine, but it has {count} CUDA device(s) and ranks do not share one; start at most {count}, or set it to cpu."]);
        }
    }

    /// <summary>The device of a name; <paramref name="key"/> is what the name was given as.</summary>
    /// <exception cref="ConfigurationException">There is no such device.</exception>
    internal static void Use(string name, string key)
    {
        torch.set_default_device(Require(name, key));
    }

    private static Device OfRank(TrainingConfig config, RankEnvironment rank)
    {
        var device = Require(config.Device, Key);
        return device.Type == DeviceType.CPU ? device : new Device(DeviceType.CUDA, IndexOf(config, rank, torch.cuda.device_count()));
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
