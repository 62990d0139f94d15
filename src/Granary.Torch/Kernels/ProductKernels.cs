using Granary.Torch.Kernels.Mixed;
using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// A linear layer's three products and its bias' gradient; float32 on the CPU, rows in one piece. Results do not depend on
/// the number of threads. Where it is asked for, the factors are rounded to bfloat16 on their way into the product, and weights are
/// read from a copy that is rounded already. Shape letters: N rows, I inputs, O outputs.
/// </summary>
internal static unsafe class ProductKernels
{
    internal const int Float32 = 0; // GN_PRODUCT_FLOAT32
    internal const int Rounded = 1; // GN_PRODUCT_BFLOAT16

    /// <summary>Whether this CPU has an instruction for rounded factors; without one they take float32's time.</summary>
    internal static bool HasRoundedInstruction => NativeMethods.gn_kernels_product_has_bfloat16_instruction() != 0;

    /// <summary>Whether a tensor is one that these kernels read: a float32 matrix in main memory.</summary>
    internal static bool Takes(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device.Type == DeviceType.CPU && tensor.ndim == 2;

    /// <summary>y = x W^T + b.</summary>
    internal static void ForwardInto(Tensor x_NI, Tensor weight_OI, Tensor? bias_O, Tensor y_NO, bool areRounded)
    {
        var shape = ShapeOf(x_NI.size(0), weight_OI, areRounded);
        var values_OI = ValuesOf(weight_OI, areRounded);
        var (x, weight) = (Read(x_NI, shape.Inputs, nameof(x_NI)), Read(values_OI, shape.Inputs, nameof(weight_OI)));
        using var part = Part("granary::product_forward", shape, x_NI, weight_OI, y_NO);
        NativeStatus.Check(NativeMethods.gn_kernels_product_forward(&shape, &x, &weight, KernelArguments.Floats(bias_O), KernelArguments.Floats(y_NO), y_NO.stride(0)));
        y_NO.BumpVersion();
        GC.KeepAlive((x_NI, values_OI, bias_O));
    }

    /// <summary>dx = dy W.</summary>
    internal static void OfInputInto(Tensor dy_NO, Tensor weight_OI, Tensor dx_NI, bool areRounded)
    {
        var shape = ShapeOf(dx_NI.size(0), weight_OI, areRounded);
        var values_OI = ValuesOf(weight_OI, areRounded);
        var (dy, weight) = (Read(dy_NO, shape.Outputs, nameof(dy_NO)), Read(values_OI, shape.Inputs, nameof(weight_OI)));
        using var part = Part("granary::product_of_input", shape, dy_NO, weight_OI, dx_NI);
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_input(&shape, &dy, &weight, KernelArguments.Floats(dx_NI), dx_NI.stride(0)));
        dx_NI.BumpVersion();
        GC.KeepAlive((dy_NO, values_OI));
    }

    /// <summary>dW = dy^T x, or added to what is there.</summary>
    internal static void OfWeightInto(Tensor dy_NO, Tensor x_NI, Tensor dweight_OI, bool adds, bool areRounded)
    {
        KernelArguments.RequireWhole(dweight_OI, nameof(dweight_OI));
        var shape = ShapeOf(x_NI.size(0), dweight_OI, areRounded);
        var (dy, x) = (Read(dy_NO, shape.Outputs, nameof(dy_NO)), Read(x_NI, shape.Inputs, nameof(x_NI)));
        using var part = Part("granary::product_of_weight", shape, dy_NO, x_NI, dweight_OI);
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_weight(&shape, &dy, &x, KernelArguments.Floats(dweight_OI), dweight_OI.stride(0), adds ? 1 : 0));
        dweight_OI.BumpVersion();
        GC.KeepAlive((dy_NO, x_NI));
    }

    /// <summary>db = the sums of dy's columns, never rounded, or added to what is there.</summary>
    internal static void OfBiasInto(Tensor dy_NO, Tensor dbias_O, bool adds)
    {
        KernelArguments.RequireWhole(dbias_O, nameof(dbias_O));
        var shape = new NativeProductShape { Rows = dy_NO.size(0), Outputs = dbias_O.size(0), Products = Float32, Threads = KernelArguments.Threads };
        var dy = Read(dy_NO, shape.Outputs, nameof(dy_NO));
        using var part = Profiler.Kernel("granary::product_of_bias", operations: 0, KernelArguments.BytesOf(dy_NO));
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_bias(&shape, &dy, KernelArguments.Floats(dbias_O), adds ? 1 : 0));
        dbias_O.BumpVersion();
        GC.KeepAlive(dy_NO);
    }

    private static Tensor ValuesOf(Tensor weight_OI, bool areRounded)
    {
        var whole_OI = KernelArguments.Whole(weight_OI, nameof(weight_OI));
        return areRounded ? MixedValues.Of(whole_OI, ScalarType.BFloat16) : whole_OI;
    }

    private static NativeProductShape ShapeOf(long rows, Tensor weight_OI, bool areRounded) => new()
    {
        Rows = rows,
        Inputs = weight_OI.size(1),
        Outputs = weight_OI.size(0),
        Products = areRounded ? Rounded : Float32,
        Threads = KernelArguments.Threads,
    };

    private static NativeProductFactor Read(Tensor matrix, long width, string name)
    {
        return matrix.ndim == 2 && matrix.size(1) == width
            ? new() { Data = matrix.DataPointer(), Stride = matrix.stride(0), Type = matrix.dtype == ScalarType.BFloat16 ? Rounded : Float32 }
            : throw new ArgumentException($"'{name}' is {matrix} but must have two dims, the last of {width}.", name);
    }

    private static ProfiledPart Part(string name, NativeProductShape shape, Tensor left, Tensor right, Tensor result) =>
        Profiler.Kernel(name, 2.0 * shape.Rows * shape.Inputs * shape.Outputs, KernelArguments.BytesOf(left, right, result));
}
