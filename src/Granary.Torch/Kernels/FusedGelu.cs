using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>gelu(x + bias) in one pass; float32 on the CPU.</summary>
public static unsafe class FusedGelu
{
    private const int TanhKind = 0;
    private const int ErfKind = 1;

    /// <summary>[..., F] to the same shape; by the tanh approximation or by erf; a bias [F] is added first.</summary>
    public static Tensor Apply(Tensor x, bool isTanh, Tensor? bias = null)
    {
        var function = new Function(isTanh ? TanhKind : ErfKind);
        return (bias is null ? function.apply(x) : function.apply(x, bias))[0];
    }

    private sealed class Function(int kind) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x = KernelArguments.Whole(inputs[0], "x");
            var bias = inputs.Length > 1 ? KernelArguments.Require(inputs[1], "bias", ScalarType.Float32, x.size(-1)) : null;
            save_for_backward(bias is null ? [x] : [x, bias]);
            var output = torch.empty_like(x);
            if (x.numel() > 0)
            {
                var given = MatrixOf(x);
                var result = MatrixOf(output);
                using var part = Profiler.Kernel("granary::gelu_forward", operations: 0, 2 * KernelArguments.BytesOf(output));
                NativeStatus.Check(NativeMethods.gn_kernels_activation_gelu_forward(
                    kind, &given, KernelArguments.Floats(bias), &result, KernelArguments.RowsOf(x), x.size(-1), KernelArguments.Threads));
                GC.KeepAlive(x);
                GC.KeepAlive(bias);
            }

            return [output];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var x = saved_tensors[0];
            var bias = saved_tensors.Count > 1 ? saved_tensors[1] : null;
            var outputGradient = KernelArguments.Whole(gradients[0]!, "gradient");
            var gradient = may_overwrite(outputGradient) ? outputGradient : torch.empty_like(x);
            var biasGradient = bias is not null && needs_input_grad(1) ? torch.zeros_like(bias) : null;
            if (x.numel() > 0)
            {
                var values = MatrixOf(x);
                var given = MatrixOf(outputGradient);
                var result = MatrixOf(gradient);
                using var part = Profiler.Kernel("granary::gelu_backward", operations: 0, 3 * KernelArguments.BytesOf(gradient));
                NativeStatus.Check(NativeMethods.gn_kernels_activation_gelu_backward(
                    kind,
                    &values,
                    KernelArguments.Floats(bias),
                    &given,
                    &result,
                    KernelArguments.Floats(biasGradient),
                    KernelArguments.RowsOf(x),
                    x.size(-1),
                    KernelArguments.Threads));
                GC.KeepAlive(outputGradient);
            }

            return bias is null ? [gradient] : [gradient, biasGradient];
        }

        private static NativeActivationMatrix MatrixOf(Tensor tensor)
        {
            return new NativeActivationMatrix { Data = KernelArguments.Floats(tensor), RowStride = tensor.size(-1) };
        }
    }
}
