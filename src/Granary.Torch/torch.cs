using System.Runtime.InteropServices;
using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>The library's functions under TorchSharp's names.</summary>
public static unsafe partial class torch
{
    /// <summary>Main memory.</summary>
    public static Device CPU { get; } = new(DeviceType.CPU);

    /// <summary>The current CUDA device.</summary>
    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary>libtorch's version.</summary>
    public static string version => Marshal.PtrToStringUTF8((nint)NativeMethods.gn_runtime_torch_version())!;

    /// <summary>libtorch's build settings and thread pools, several lines.</summary>
    public static string show_config() => Marshal.PtrToStringUTF8((nint)NativeMethods.gn_runtime_torch_config())!;

    /// <summary>Whether a CUDA device can be used.</summary>
    public static bool cuda_is_available() => NativeMethods.gn_runtime_has_cuda() != 0;

    /// <summary>
    /// Threads for operators, kernels and the matrix library: of this thread's calls, and of those of threads that have not
    /// called an operator yet. Results are the same only for the same number.
    /// </summary>
    /// <exception cref="TorchException">The number is below 1.</exception>
    public static void set_num_threads(int threads) => NativeStatus.Check(NativeMethods.gn_runtime_set_threads(threads));

    /// <summary>Threads an operator may use.</summary>
    public static int get_num_threads() => NativeMethods.gn_runtime_get_threads();

    /// <summary>What tensors in main memory take. Freed blocks are kept, up to half of the peak beyond it, because fresh pages cost more than most operators.</summary>
    public static MemoryUse memory()
    {
        long live;
        long peak;
        long kept;
        NativeMethods.gn_runtime_get_memory(&live, &peak, &kept);
        return new MemoryUse(live, peak, kept);
    }

    /// <summary>Begins to count <see cref="MemoryUse.Peak"/> from what is live.</summary>
    public static void reset_peak_memory() => NativeMethods.gn_runtime_reset_peak_memory();

    /// <summary>Gives the memory that is kept for further tensors back to the system.</summary>
    public static void release_memory() => NativeMethods.gn_runtime_release_memory();

    /// <summary>Seeds the default generators.</summary>
    public static void manual_seed(long seed) => NativeStatus.Check(NativeMethods.gn_runtime_seed(unchecked((ulong)seed)));

    /// <summary>Begins a scope that disposes the tensors created in it.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Whether operators record history on this thread.</summary>
    public static bool is_grad_enabled() => NativeMethods.gn_autograd_get_enabled() != 0;

    /// <summary>Stops recording until the result is disposed.</summary>
    public static GradMode no_grad() => new(isEnabled: false);

    /// <summary>Records again inside <see cref="no_grad"/>, until the result is disposed.</summary>
    public static GradMode enable_grad() => new(isEnabled: true);
}
