using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>Rows brought to mean 0 and variance 1, scaled and shifted, after an optional addition; float32 on the CPU.</summary>
public static unsafe class FusedLayerNorm
{
    /// <summary>Normalises the last dim: [..., C] to the same shape, with weight and bias [C], each of which may be absent.</summary>
    public static Tensor Normalize(Tensor x, Tensor? weight, Tensor? bias, double epsilon = 1e-5)
    {
        return Apply(x, null, weight, bias, epsilon)[0];
    }

    /// <summary>x + residual, and that normalised.</summary>
    public static (Tensor Normalized, Tensor Sum) AddNormalize(Tensor x, Tensor residual, Tensor? weight, Tensor? bias, double epsilon = 1e-5)
    {
        var outputs = Apply(x, residual, weight, bias, epsilon);
        return (outputs[0], outputs[1]);
    }

    private static Tensor[] Apply(Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, double epsilon)
    {
        var function = new Function(residual is not null, weight is not null, bias is not null, (float)epsilon);
        return function.apply([.. new[] { x, residual, weight, bias }.OfType<Tensor>()]);
    }

    private sealed class Function(bool adds, bool hasWeight, bool hasBias, float epsilon) : AutogradFunction
    {
        private readonly int _weightAt = adds ? 2 : 1;
        private readonly int _biasAt = (adds ? 2 : 1) + (hasWeight ? 1 : 0);

        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x = KernelArguments.Whole(inputs[0], "x");
            var (rows, width) = (KernelArguments.RowsOf(x), x.size(-1));
            var residual = adds ? KernelArguments.Require(inputs[1], "residual", ScalarType.Float32, x.shape) : null;
            var weight = hasWeight ? KernelArguments.Require(inputs[_weightAt], "weight", ScalarType.Float32, width) : null;
            var bias = hasBias ? KernelArguments.Require(inputs[_biasAt], "bias", ScalarType.Float32, width) : null;
            var normalized = torch.empty_like(x);
            var sum = adds ? torch.empty_like(x) : null;
            var mean = torch.empty([rows]);
            var deviation = torch.empty([rows]);
            if (rows > 0)
            {
                using var part = Profiler.Kernel("granary::layer_norm_forward", operations: 0, KernelArguments.BytesOf(x, residual, sum, normalized));
                NativeStatus.Check(NativeMethods.gn_kernels_norm_layer_forward(
                    KernelArguments.Floats(x),
                    KernelArguments.Floats(residual),
                    KernelArguments.Floats(sum),
                    KernelArguments.Floats(weight),
                    KernelArguments.Floats(bias),
                    KernelArguments.Floats(normalized),
                    KernelArguments.Floats(mean),
                    KernelArguments.Floats(deviation),
                    rows,
                    width,
                    epsilon,
                    KernelArguments.Threads));
                GC.KeepAlive(residual);
                GC.KeepAlive(bias);
            }

            save_for_backward([.. new[] { sum ?? x, mean, deviation, weight }.OfType<Tensor>()]);
            return sum is null ? [normalized] : [normalized, sum];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (x, mean, deviation) = (saved_tensors[0], saved_tensors[1], saved_tensors[2]);
            var weight = hasWeight ? saved_tensors[3] : null;
            var sumGradient = adds ? KernelArguments.WholeOrNull(gradients[1], "gradient") : null;
            var weightGradient = hasWeight && needs_input_grad(_weightAt) ? torch.zeros_like(weight!) : null;
            var biasGradient = hasBias && needs_input_grad(_biasAt) ? torch.zeros([x.size(-1)]) : null;
            var gradient = sumGradient;
            if (gradients[0] is { } given)
            {
                var normalizedGradient = KernelArguments.Whole(given, "gradient");
                gradient = may_overwrite(normalizedGradient) ? normalizedGradient : torch.empty_like(x);
                using var part = Profiler.Kernel("granary::layer_norm_backward", operations: 0, KernelArguments.BytesOf(x, normalizedGradient, sumGradient, gradient));
                NativeStatus.Check(NativeMethods.gn_kernels_norm_layer_backward(
                    KernelArguments.Floats(x),
                    KernelArguments.Floats(weight),
                    KernelArguments.Floats(mean),
                    KernelArguments.Floats(deviation),
                    KernelArguments.Floats(normalizedGradient),
                    KernelArguments.Floats(sumGradient),
                    KernelArguments.Floats(gradient),
                    KernelArguments.Floats(weightGradient),
                    KernelArguments.Floats(biasGradient),
                    KernelArguments.RowsOf(x),
                    x.size(-1),
                    KernelArguments.Threads));
                GC.KeepAlive(normalizedGradient);
                GC.KeepAlive(sumGradient);
            }

            return [gradient, .. adds ? [gradient] : Array.Empty<Tensor?>(), .. hasWeight ? [weightGradient] : Array.Empty<Tensor?>(), .. hasBias ? [biasGradient] : Array.Empty<Tensor?>()];
        }
    }
}
