using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>What all calls of the GPU's own kernels share.</summary>
internal static unsafe class CudaCalls
{
    /// <summary>Whether the kernels take a tensor: they are in this build, and it is float32 or bfloat16 on a GPU.</summary>
    internal static bool Serve(Tensor tensor)
    {
        return torch.cuda.has_kernels && tensor.device.Type == DeviceType.CUDA && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16;
    }

    /// <summary>The type as the kernels are told it.</summary>
    internal static int TypeOf(Tensor tensor) => (int)tensor.dtype;

    /// <summary>The elements' address, or null for no tensor.</summary>
    internal static void* Address(Tensor? tensor) => tensor is null ? null : tensor.DataPointer();

    /// <summary>The same for float32.</summary>
    internal static float* Floats(Tensor? tensor) => (float*)Address(tensor);

    /// <summary>Heads [B, H, T, D] by their strides; the last dim is without gaps.</summary>
    internal static NativeCudaHeads HeadsOf(Tensor tensor_BHTD)
    {
        return new NativeCudaHeads
        {
            Data = Address(tensor_BHTD),
            BatchStride = tensor_BHTD.stride(0),
            HeadStride = tensor_BHTD.stride(1),
            RowStride = tensor_BHTD.stride(2),
        };
    }

    /// <summary>A tensor whose last dim is without gaps.</summary>
    internal static Tensor InRows(Tensor tensor) => tensor.stride(-1) == 1 ? tensor : tensor.contiguous();
}
