using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// A linear layer's three products and its bias' gradient; float32 on the CPU, rows in one piece. Results do not depend on
/// the number of threads. Shape letters: N rows, I inputs, O outputs.
/// </summary>
internal static unsafe class ProductKernels
{
    /// <summary>Whether a tensor is one that these kernels read: a float32 matrix in main memory.</summary>
    internal static bool Takes(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device.Type == DeviceType.CPU && tensor.ndim == 2;

    /// <summary>y = x W^T + b.</summary>
    internal static void ForwardInto(Tensor x_NI, Tensor weight_OI, Tensor? bias_O, Tensor y_NO)
    {
        var shape = ShapeOf(x_NI, weight_OI);
        var (x, weight) = (Read(x_NI), Read(weight_OI));
        using var part = Part("granary::product_forward", shape, x_NI, weight_OI, y_NO);
        NativeStatus.Check(NativeMethods.gn_kernels_product_forward(&shape, &x, &weight, KernelArguments.Floats(bias_O), KernelArguments.Floats(y_NO), y_NO.stride(0)));
        y_NO.BumpVersion();
        GC.KeepAlive((x_NI, weight_OI, bias_O));
    }

    /// <summary>dx = dy W.</summary>
    internal static void OfInputInto(Tensor dy_NO, Tensor weight_OI, Tensor dx_NI)
    {
        var shape = ShapeOf(dx_NI, weight_OI);
        var (dy, weight) = (Read(dy_NO), Read(weight_OI));
        using var part = Part("granary::product_of_input", shape, dy_NO, weight_OI, dx_NI);
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_input(&shape, &dy, &weight, KernelArguments.Floats(dx_NI), dx_NI.stride(0)));
        dx_NI.BumpVersion();
        GC.KeepAlive((dy_NO, weight_OI));
    }

    /// <summary>dW = dy^T x, or added to what is there.</summary>
    internal static void OfWeightInto(Tensor dy_NO, Tensor x_NI, Tensor dweight_OI, bool adds)
    {
        var shape = ShapeOf(x_NI, dweight_OI);
        var (dy, x) = (Read(dy_NO), Read(x_NI));
        using var part = Part("granary::product_of_weight", shape, dy_NO, x_NI, dweight_OI);
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_weight(&shape, &dy, &x, KernelArguments.Floats(dweight_OI), dweight_OI.stride(0), adds ? 1 : 0));
        dweight_OI.BumpVersion();
        GC.KeepAlive((dy_NO, x_NI));
    }

    /// <summary>db = the sums of dy's columns, or added to what is there.</summary>
    internal static void OfBiasInto(Tensor dy_NO, Tensor dbias_O, bool adds)
    {
        var shape = new NativeProductShape { Rows = dy_NO.size(0), Outputs = dy_NO.size(1), Threads = KernelArguments.Threads };
        var dy = Read(dy_NO);
        using var part = Profiler.Kernel("granary::product_of_bias", operations: 0, KernelArguments.BytesOf(dy_NO));
        NativeStatus.Check(NativeMethods.gn_kernels_product_of_bias(&shape, &dy, KernelArguments.Floats(dbias_O), adds ? 1 : 0));
        dbias_O.BumpVersion();
        GC.KeepAlive(dy_NO);
    }

    private static NativeProductShape ShapeOf(Tensor rows_NI, Tensor weight_OI) => new()
    {
        Rows = rows_NI.size(0),
        Inputs = weight_OI.size(1),
        Outputs = weight_OI.size(0),
        Threads = KernelArguments.Threads,
    };

    private static NativeProductFactor Read(Tensor matrix) => new() { Data = KernelArguments.Floats(matrix), Stride = matrix.stride(0) };

    private static ProfiledPart Part(string name, NativeProductShape shape, Tensor left, Tensor right, Tensor result) =>
        Profiler.Kernel(name, 2.0 * shape.Rows * shape.Inputs * shape.Outputs, KernelArguments.BytesOf(left, right, result));
}
