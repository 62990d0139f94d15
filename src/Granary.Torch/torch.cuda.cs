using System.Runtime.InteropServices;
using Granary.Torch.Cuda;
using Granary.Torch.Native;

namespace Granary.Torch;

public static unsafe partial class torch
{
    // Asked for by every factory, so it is a field and not a lookup.
    private static Device? _default;
    private static bool _isDeterministic;

    /// <summary>Where tensors are made that no device is named for; main memory until it is set.</summary>
    public static Device get_default_device() => _default ?? CPU;

    /// <summary>Sets <see cref="get_default_device"/> for the whole process, once, before there are tensors that will meet.</summary>
    /// <exception cref="TorchException">There is no such device.</exception>
    public static void set_default_device(Device device)
    {
        if (device.Type == DeviceType.CUDA)
        {
            NativeStatus.Check(NativeMethods.gn_cuda_set_device(Math.Max(0, device.Index)));
        }

        _default = device.Type == DeviceType.CPU ? null : device;
    }

    /// <summary>
    /// Makes operators on a GPU take the form that has the same bits in every run, which is slower for attention; those that
    /// have none throw. Called before the first product. Main memory's operators and kernels always do.
    /// </summary>
    public static void use_deterministic_algorithms(bool on)
    {
        NativeStatus.Check(NativeMethods.gn_cuda_set_deterministic(on ? 1 : 0));
        _isDeterministic = on;
    }

    /// <summary>Whether it was asked for.</summary>
    public static bool are_deterministic_algorithms_enabled() => _isDeterministic;

    /// <summary>The library's functions for GPUs.</summary>
    public static class cuda
    {
        /// <summary>Whether a GPU can be used.</summary>
        public static bool is_available() => cuda_is_available();

        /// <summary>Whether the library's own kernels for GPUs are in this build; without them compositions of operators serve.</summary>
        public static bool has_kernels { get; } = NativeMethods.gn_cuda_kernels_compiled() != 0;

        /// <summary>How many GPUs there are.</summary>
        public static int device_count()
        {
            int count;
            NativeStatus.Check(NativeMethods.gn_cuda_get_count(&count));
            return count;
        }

        /// <summary>What a GPU is.</summary>
        public static CudaDevice get_device_properties(int index = 0)
        {
            NativeCudaDevice device;
            NativeStatus.Check(NativeMethods.gn_cuda_get_device(index, &device));
            return new CudaDevice(Marshal.PtrToStringUTF8((nint)device.Name)!, device.TotalMemory, device.Multiprocessors, device.Major, device.Minor);
        }

        /// <summary>Waits until the GPU has done all it was given.</summary>
        public static void synchronize() => NativeStatus.Check(NativeMethods.gn_cuda_synchronize());

        /// <summary>What tensors on the GPU take.</summary>
        public static MemoryUse memory()
        {
            long live;
            long peak;
            long kept;
            NativeStatus.Check(NativeMethods.gn_cuda_get_memory(&live, &peak, &kept));
            return new MemoryUse(live, peak, kept - live);
        }

        /// <summary>Begins to count the peak from what is live.</summary>
        public static void reset_peak_memory() => NativeStatus.Check(NativeMethods.gn_cuda_reset_peak_memory());

        /// <summary>Gives memory that is in no tensor back to the GPU.</summary>
        public static void empty_cache() => NativeStatus.Check(NativeMethods.gn_cuda_empty_cache());

        /// <summary>Whether float32 products may round their factors to 10 bits of mantissa; not unless it is asked for.</summary>
        public static void allow_tf32(bool allow) => NativeStatus.Check(NativeMethods.gn_cuda_allow_tf32(allow ? 1 : 0));
    }
}
