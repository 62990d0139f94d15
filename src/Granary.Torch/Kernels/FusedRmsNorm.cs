using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>Rows brought to a mean square of 1 and scaled, after an optional addition; float32 on the CPU.</summary>
public static unsafe class FusedRmsNorm
{
    /// <summary>Normalises the last dim: [..., C] to the same shape, with a weight [C].</summary>
    public static Tensor Normalize(Tensor x, Tensor weight, double epsilon = 1e-5)
    {
        return new Function(adds: false, (float)epsilon).apply(x, weight)[0];
    }

    /// <summary>x + residual, and that normalised.</summary>
    public static (Tensor Normalized, Tensor Sum) AddNormalize(Tensor x, Tensor residual, Tensor weight, double epsilon = 1e-5)
    {
        var outputs = new Function(adds: true, (float)epsilon).apply(x, weight, residual);
        return (outputs[0], outputs[1]);
    }

    // Inputs: x, weight and, where it adds, the residual.
    private sealed class Function(bool adds, float epsilon) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x = KernelArguments.Whole(inputs[0], "x");
            var (rows, width) = (KernelArguments.RowsOf(x), x.size(-1));
            var weight = KernelArguments.Require(inputs[1], "weight", ScalarType.Float32, width);
            var residual = adds ? KernelArguments.Require(inputs[2], "residual", ScalarType.Float32, x.shape) : null;
            var normalized = torch.empty_like(x);
            var sum = adds ? torch.empty_like(x) : null;
            var deviation = torch.empty([rows]);
            if (rows > 0)
            {
                using var part = Profiler.Kernel("granary::rms_norm_forward", operations: 0, KernelArguments.BytesOf(x, residual, sum, normalized));
                NativeStatus.Check(NativeMethods.gn_kernels_norm_rms_forward(
                    KernelArguments.Floats(x),
                    KernelArguments.Floats(residual),
                    KernelArguments.Floats(sum),
                    KernelArguments.Floats(weight),
                    KernelArguments.Floats(normalized),
                    KernelArguments.Floats(deviation),
                    rows,
                    width,
                    epsilon,
                    KernelArguments.Threads));
                GC.KeepAlive(residual);
            }

            save_for_backward(sum ?? x, deviation, weight);
            return sum is null ? [normalized] : [normalized, sum];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (x, deviation, weight) = (saved_tensors[0], saved_tensors[1], saved_tensors[2]);
            var sumGradient = adds ? KernelArguments.WholeOrNull(gradients[1], "gradient") : null;
            var weightGradient = needs_input_grad(1) ? torch.zeros_like(weight) : null;
            var gradient = sumGradient;
            if (gradients[0] is { } given)
            {
                var normalizedGradient = KernelArguments.Whole(given, "gradient");
                gradient = may_overwrite(normalizedGradient) ? normalizedGradient : torch.empty_like(x);
                using var part = Profiler.Kernel("granary::rms_norm_backward", operations: 0, KernelArguments.BytesOf(x, normalizedGradient, sumGradient, gradient));
                NativeStatus.Check(NativeMethods.gn_kernels_norm_rms_backward(
                    KernelArguments.Floats(x),
                    KernelArguments.Floats(weight),
                    KernelArguments.Floats(deviation),
                    KernelArguments.Floats(normalizedGradient),
                    KernelArguments.Floats(sumGradient),
                    KernelArguments.Floats(gradient),
                    KernelArguments.Floats(weightGradient),
                    KernelArguments.RowsOf(x),
                    x.size(-1),
                    KernelArguments.Threads));
                GC.KeepAlive(normalizedGradient);
                GC.KeepAlive(sumGradient);
            }

            return adds ? [gradient, weightGradient, gradient] : [gradient, weightGradient];
        }
    }
}
