using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// Adds to a parameter's gradient where it lies: the first of a step writes, the others add, and nothing of the parameter's
/// size is made besides. What is no leaf gets its gradient from the engine, as ever.
/// </summary>
internal static class GradientSink
{
    // Products of bfloat16 factors into float32: there from libtorch 2.8 on, and on GPUs only.
    private static readonly Operator? MmWide = Operator.TryFind("aten::mm", "dtype_out");
    private static readonly Operator? AddmmWide = Operator.TryFind("aten::addmm", "dtype_out");
    private static readonly Operator MulOut = Operator.Find("aten::mul", "out");
    private static readonly Operator MmOut = Operator.Find("aten::mm", "out");

    /// <summary>Adds a gradient of any type; null, or what the engine has to be given.</summary>
    internal static Tensor? Add(Tensor parameter, Tensor gradient)
    {
        if (!parameter.is_leaf)
        {
            return gradient.to(parameter.dtype);
        }

        var (memory, isFirst) = parameter.Companions.Claim();
        _ = isFirst ? memory.copy_(gradient) : memory.add_(gradient);
        return null;
    }

    /// <summary>Adds a float32 gradient times a number in a tensor; null, or what the engine has to be given.</summary>
    internal static Tensor? AddScaled(Tensor parameter, Tensor gradient, Tensor scale)
    {
        if (!parameter.is_leaf)
        {
            return gradient * scale;
        }

        var (memory, isFirst) = parameter.Companions.Claim();
        _ = isFirst ? MulOut.Call(gradient, scale, memory) : memory.addcmul_(gradient, scale);
        return null;
    }

    /// <summary>Adds left^T right, of [N, O] and [N, I]; null, or what the engine has to be given.</summary>
    internal static Tensor? AddProduct(Tensor parameter_OI, Tensor left_NO, Tensor right_NI)
    {
        if (!parameter_OI.is_leaf)
        {
            return left_NO.t().mm(right_NI).to(parameter_OI.dtype);
        }

        var (memory, isFirst) = parameter_OI.Companions.Claim();
        AddProduct(memory, isFirst, left_NO, right_NI);
        return null;
    }

    /// <summary>The same into memory of the caller's, float32.</summary>
    internal static void AddProduct(Tensor memory_OI, bool isFirst, Tensor left_NO, Tensor right_NI)
    {
        var isWide = left_NO.dtype != ScalarType.Float32;
        if (isWide && (MmWide is null || AddmmWide is null || left_NO.device.Type != DeviceType.CUDA))
        {
            AddProduct(memory_OI, isFirst, left_NO.to(ScalarType.Float32), right_NI.to(ScalarType.Float32));
            return;
        }

        var left_ON = left_NO.t();
        _ = (isWide, isFirst) switch
        {
            (true, true) => MmWide!.Call(left_ON, right_NI, ScalarType.Float32, memory_OI),
            (true, false) => AddmmWide!.Call(memory_OI, left_ON, right_NI, ScalarType.Float32, 1.0, 1.0, memory_OI),
            (false, true) => MmOut.Call(left_ON, right_NI, memory_OI),
            _ => memory_OI.addmm_(left_ON, right_NI),
        };
    }
}
