using System.Runtime.InteropServices;
using Granary.Torch.Native;

namespace Granary.Torch.Distributed;

/// <summary>Which backends the native library was built with.</summary>
public static unsafe class DistributedBackends
{
    /// <summary>All that are there; none where libtorch came without their headers.</summary>
    public static IReadOnlyList<DistributedBackend> Available()
    {
        var names = Marshal.PtrToStringUTF8((nint)NativeMethods.gn_distributed_backends())!;
        return [.. Enum.GetValues<DistributedBackend>().Where(backend => names.Split(' ').Contains(backend.NativeName()))];
    }

    /// <summary>The one to take: NCCL where there are CUDA devices, else Gloo.</summary>
    /// <exception cref="DistributedException">There is none.</exception>
    public static DistributedBackend Choose()
    {
        var available = Available();
        if (available.Contains(DistributedBackend.Nccl) && torch.cuda_is_available())
        {
            return DistributedBackend.Nccl;
        }

        Require(DistributedBackend.Gloo);
        return DistributedBackend.Gloo;
    }

    /// <summary>Refuses a backend that is not there.</summary>
    /// <exception cref="DistributedException">It is not.</exception>
    internal static void Require(DistributedBackend backend)
    {
        var available = Available();
        if (!available.Contains(backend))
        {
            throw new DistributedException($"Many ranks need the backend '{backend.NativeName()}', but libtorch {torch.version} was built in {(available.Count == 0 ? "without any" : $"with '{string.Join(", ", available.Select(NativeName))}' alone")}; {(backend == DistributedBackend.Gloo ? "Debian's libtorch-dev with libgloo-dev has it: run 'make setup' and build again" : "name a libtorch with CUDA and NCCL's headers in GRANARY_TORCH and build again")}.");
        }
    }

    /// <summary>The name that the native library and a configuration know.</summary>
    internal static string NativeName(this DistributedBackend backend) => backend.ToString().ToLowerInvariant();
}
