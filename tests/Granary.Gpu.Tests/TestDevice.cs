using Granary.Torch;

namespace Granary.Gpu.Tests;

/// <summary>Where the tests of this assembly compute: on a GPU, or in a rehearsal in main memory, which tries the tests themselves.</summary>
internal static class TestDevice
{
    /// <summary>Whether main memory stands for the GPU.</summary>
    internal static bool IsRehearsal { get; set; }

    /// <summary>The device.</summary>
    internal static Device Current => IsRehearsal ? torch.CPU : torch.CUDA;

    /// <summary>Runs the slow, obvious form, whose tensors are made in main memory.</summary>
    internal static T OnCpu<T>(Func<T> work)
    {
        var device = torch.get_default_device();
        torch.set_default_device(torch.CPU);
        try
        {
            return work();
        }
        finally
        {
            torch.set_default_device(device);
        }
    }
}
