namespace Granary.Torch.Kernels;

/// <summary>Checks what the fused kernels are given: they take float32 in main memory, with each row in one piece.</summary>
internal static unsafe class KernelArguments
{
    /// <summary>Threads a kernel may use.</summary>
    internal static int Threads => torch.get_num_threads();

    /// <summary>The tensor, or a copy of it, without gaps.</summary>
    /// <exception cref="ArgumentException">The tensor is not float32 on the CPU.</exception>
    internal static Tensor Whole(Tensor tensor, string name)
    {
        RequireFloat(tensor, name);
        return tensor.is_contiguous() ? tensor : tensor.contiguous();
    }

    /// <summary>The same for a tensor that may be absent.</summary>
    internal static Tensor? WholeOrNull(Tensor? tensor, string name)
    {
        return tensor is null ? null : Whole(tensor, name);
    }

    /// <summary>The tensor, or a copy of it, with neighbours along the last dim next to each other.</summary>
    /// <exception cref="ArgumentException">The tensor is not float32 on the CPU.</exception>
    internal static Tensor InRows(Tensor tensor, string name)
    {
        RequireFloat(tensor, name);
        return tensor.stride(-1) == 1 || tensor.size(-1) == 1 ? tensor : tensor.contiguous();
    }

    /// <summary>Refuses a tensor that a kernel writes to unless it is float32 on the CPU without gaps.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    internal static void RequireWhole(Tensor tensor, string name)
    {
        RequireFloat(tensor, name);
        if (!tensor.is_contiguous())
        {
            throw new ArgumentException($"'{name}' is {tensor} with gaps, but a kernel writes to it in place; give a contiguous tensor.", name);
        }
    }

    /// <summary>Refuses a tensor of another type, shape or device; hands on one without gaps.</summary>
    /// <exception cref="ArgumentException">Type, shape or device are others.</exception>
    internal static Tensor Require(Tensor tensor, string name, ScalarType type, params long[] shape) => RequireOn(DeviceType.CPU, tensor, name, type, shape);

    /// <summary>The same on another kind of device.</summary>
    /// <exception cref="ArgumentException">Type, shape or device are others.</exception>
    internal static Tensor RequireOn(DeviceType device, Tensor tensor, string name, ScalarType type, params long[] shape)
    {
        if (tensor.dtype != type || tensor.device.Type != device || !tensor.shape.AsSpan().SequenceEqual(shape))
        {
            throw new ArgumentException($"'{name}' is {tensor} but must be {type.ToString().ToLowerInvariant()}[{string.Join(", ", shape)}] on {new Device(device)}.", name);
        }

        return tensor.is_contiguous() ? tensor : tensor.contiguous();
    }

    /// <summary>The elements' address, or null for no tensor.</summary>
    internal static float* Floats(Tensor? tensor)
    {
        return tensor is null ? null : (float*)tensor.DataPointer();
    }

    /// <summary>Rows of the last dim.</summary>
    internal static long RowsOf(Tensor tensor)
    {
        var width = tensor.size(-1);
        return width == 0 ? 0 : tensor.numel() / width;
    }

    /// <summary>The bytes of the tensors that there are.</summary>
    internal static double BytesOf(params ReadOnlySpan<Tensor?> tensors)
    {
        var bytes = 0.0;
        foreach (var tensor in tensors)
        {
            bytes += tensor is null ? 0 : sizeof(float) * (double)tensor.numel();
        }

        return bytes;
    }

    private static void RequireFloat(Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.dtype != ScalarType.Float32 || tensor.device.Type != DeviceType.CPU || tensor.ndim == 0)
        {
            throw new ArgumentException($"'{name}' is {tensor}, but the fused kernels take float32 on the CPU with at least one dim; convert it with to(), or use the operators.", name);
        }
    }
}
