using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>silu(gate) * up in one pass over a projection that holds both; float32 on the CPU.</summary>
public static unsafe class FusedSwiGlu
{
    /// <summary>[..., 2F], gate first, to [..., F].</summary>
    public static Tensor Apply(Tensor gateUp)
    {
        return new Function().apply(gateUp)[0];
    }

    private sealed class Function : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var gateUp = KernelArguments.Whole(inputs[0], "gateUp");
            var width = gateUp.size(-1) / 2;
            if (gateUp.size(-1) % 2 != 0)
            {
                throw new ArgumentException($"'gateUp' is {inputs[0]}, but its last dim has to hold gate and up of one width.", nameof(inputs));
            }

            save_for_backward(gateUp);
            var output = torch.empty([.. gateUp.shape[..^1], width]);
            if (output.numel() > 0)
            {
                var (gate, up) = Halves(gateUp, width);
                var result = new NativeActivationMatrix { Data = KernelArguments.Floats(output), RowStride = width };
                using var part = Profiler.Kernel("granary::swiglu_forward", operations: 0, 3 * KernelArguments.BytesOf(output));
                NativeStatus.Check(NativeMethods.gn_kernels_activation_swiglu_forward(
                    &gate, &up, &result, KernelArguments.RowsOf(output), width, KernelArguments.Threads));
                GC.KeepAlive(gateUp);
            }

            return [output];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var gateUp = saved_tensors[0];
            var outputGradient = KernelArguments.Whole(gradients[0]!, "gradient");
            var gradient = torch.empty_like(gateUp);
            var width = outputGradient.size(-1);
            if (outputGradient.numel() > 0)
            {
                var (gate, up) = Halves(gateUp, width);
                var (gateGradient, upGradient) = Halves(gradient, width);
                var given = new NativeActivationMatrix { Data = KernelArguments.Floats(outputGradient), RowStride = width };
                using var part = Profiler.Kernel("granary::swiglu_backward", operations: 0, 5 * KernelArguments.BytesOf(outputGradient));
                NativeStatus.Check(NativeMethods.gn_kernels_activation_swiglu_backward(
                    &gate, &up, &given, &gateGradient, &upGradient, KernelArguments.RowsOf(outputGradient), width, KernelArguments.Threads));
                GC.KeepAlive(gateUp);
                GC.KeepAlive(outputGradient);
            }

            return [gradient];
        }

        private static (NativeActivationMatrix Gate, NativeActivationMatrix Up) Halves(Tensor tensor, long width)
        {
            var data = KernelArguments.Floats(tensor);
            return (new() { Data = data, RowStride = 2 * width }, new() { Data = data + width, RowStride = 2 * width });
        }
    }
}
