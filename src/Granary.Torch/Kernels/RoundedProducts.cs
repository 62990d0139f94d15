using Granary.Torch.Kernels.Mixed;
using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// A linear layer's three products of float32 tensors on the CPU, whose factors are rounded to bfloat16 on their way into them and
/// whose sums are float32. Weights are read from a copy that is rounded already. Shape letters: N rows, I inputs, O outputs.
/// </summary>
internal static unsafe class RoundedProducts
{
    private const int Rounded = 1; // GN_PRODUCT_BFLOAT16
    private const int Float32 = 0; // GN_PRODUCT_FLOAT32

    /// <summary>x W^T + b.</summary>
    internal static Tensor Forward(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        var (shape, x, values, bias) = (ShapeOf(x_NI.size(0), weight_OI), KernelArguments.InRows(x_NI, nameof(x_NI)), ValuesOf(weight_OI), KernelArguments.WholeOrNull(bias_O, nameof(bias_O)));
        RequireWidth(x, shape.Inputs, nameof(x_NI));
        var y_NO = torch.empty([shape.Rows, shape.Outputs]);
        var (xs, weights) = (FactorOf(x), FactorOf(values));
        using (Part("granary::linear_bf16", shape, x, y_NO))
        {
            NativeStatus.Check(NativeMethods.gn_kernels_product_forward(&shape, &xs, &weights, KernelArguments.Floats(bias), KernelArguments.Floats(y_NO), shape.Outputs));
        }

        GC.KeepAlive((x, values, bias));
        return y_NO;
    }

    /// <summary>The gradient of x, dy W, into memory without gaps.</summary>
    internal static void OfInput(Tensor dy_NO, Tensor weight_OI, Tensor dx_NI)
    {
        var (shape, dy, values) = (ShapeOf(dy_NO.size(0), weight_OI), KernelArguments.InRows(dy_NO, nameof(dy_NO)), ValuesOf(weight_OI));
        RequireWidth(dy, shape.Outputs, nameof(dy_NO));
        KernelArguments.RequireWhole(dx_NI, nameof(dx_NI));
        RequireWidth(dx_NI, shape.Inputs, nameof(dx_NI));
        var (dys, weights) = (FactorOf(dy), FactorOf(values));
        using (Part("granary::linear_bf16_of_input", shape, dy, dx_NI))
        {
            NativeStatus.Check(NativeMethods.gn_kernels_product_of_input(&shape, &dys, &weights, KernelArguments.Floats(dx_NI), shape.Inputs));
        }

        dx_NI.BumpVersion();
        GC.KeepAlive((dy, values));
    }

    /// <summary>The gradient of the weight, dy^T x, added where the weight's lies; null, or what the engine has to be given.</summary>
    internal static Tensor? OfWeight(Tensor weight_OI, Tensor dy_NO, Tensor x_NI)
    {
        var (memory, isFirst) = weight_OI.is_leaf ? weight_OI.Companions.Claim() : (torch.empty(weight_OI.shape), true);
        OfWeightInto(dy_NO, x_NI, memory, adds: !isFirst);
        return weight_OI.is_leaf ? null : memory;
    }

    /// <summary>The same into memory without gaps, or added to what is there.</summary>
    internal static void OfWeightInto(Tensor dy_NO, Tensor x_NI, Tensor memory_OI, bool adds)
    {
        var (shape, dy, x) = (ShapeOf(x_NI.size(0), memory_OI), KernelArguments.InRows(dy_NO, nameof(dy_NO)), KernelArguments.InRows(x_NI, nameof(x_NI)));
        RequireWidth(dy, shape.Outputs, nameof(dy_NO));
        RequireWidth(x, shape.Inputs, nameof(x_NI));
        KernelArguments.RequireWhole(memory_OI, nameof(memory_OI));
        var (dys, xs) = (FactorOf(dy), FactorOf(x));
        using (Part("granary::linear_bf16_of_weight", shape, dy, x))
        {
            NativeStatus.Check(NativeMethods.gn_kernels_product_of_weight(&shape, &dys, &xs, KernelArguments.Floats(memory_OI), shape.Inputs, adds ? 1 : 0));
        }

        memory_OI.BumpVersion();
        GC.KeepAlive((dy, x));
    }

    /// <summary>The gradient of the bias, the sum of dy's rows in float32, which is not rounded; added where the bias' lies as well.</summary>
    internal static Tensor? OfBias(Tensor bias_O, Tensor dy_NO)
    {
        var (memory, isFirst) = bias_O.is_leaf ? bias_O.Companions.Claim() : (torch.empty(bias_O.shape), true);
        var dy = KernelArguments.InRows(dy_NO, nameof(dy_NO));
        KernelArguments.RequireWhole(memory, "bias_O.grad");
        var shape = new NativeProductShape { Rows = dy.size(0), Inputs = 1, Outputs = bias_O.size(0), Products = Float32, Threads = KernelArguments.Threads };
        var dys = FactorOf(dy);
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_bias(&shape, &dys, KernelArguments.Floats(memory), isFirst ? 0 : 1));
        memory.BumpVersion();
        GC.KeepAlive(dy);
        return bias_O.is_leaf ? null : memory;
    }

    private static Tensor ValuesOf(Tensor weight_OI)
    {
        if (weight_OI.dtype != ScalarType.Float32 || weight_OI.device.Type != DeviceType.CPU)
        {
            throw new ArgumentException($"'{nameof(weight_OI)}' is {weight_OI}, but these products take float32 on the CPU; convert it with to().", nameof(weight_OI));
        }

        var values = MixedValues.Of(weight_OI, ScalarType.BFloat16);
        return values.is_contiguous() ? values : values.contiguous();
    }

    private static NativeProductShape ShapeOf(long rows, Tensor weight_OI)
    {
        return new NativeProductShape { Rows = rows, Inputs = weight_OI.size(1), Outputs = weight_OI.size(0), Products = Rounded, Threads = KernelArguments.Threads };
    }

    private static NativeProductFactor FactorOf(Tensor matrix)
    {
        return new NativeProductFactor { Data = matrix.DataPointer(), Stride = matrix.stride(0), Type = matrix.dtype == ScalarType.BFloat16 ? Rounded : Float32 };
    }

    private static void RequireWidth(Tensor matrix, long width, string name)
    {
        if (matrix.ndim != 2 || matrix.size(1) != width)
        {
            throw new ArgumentException($"'{name}' is {matrix} but must have two dims, the last of {width}.", name);
        }
    }

    private static ProfiledPart Part(string name, in NativeProductShape shape, Tensor first, Tensor second)
    {
        return Profiler.Kernel(name, 2.0 * shape.Rows * shape.Inputs * shape.Outputs, KernelArguments.BytesOf(first, second) + (2.0 * shape.Inputs * shape.Outputs));
    }
}
