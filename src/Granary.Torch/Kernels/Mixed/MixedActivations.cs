using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>SwiGLU and GELU in one pass each, in float32 or bfloat16, computed in float32.</summary>
public static unsafe class MixedActivations
{
    /// <summary>silu(gate) * up, from [N, gate F | up F] to [N, F].</summary>
    public static Tensor SwiGlu(Tensor gateUp_N2F)
    {
        if (CudaCalls.Serve(gateUp_N2F))
        {
            return new SwiGluFunction().apply(gateUp_N2F)[0];
        }

        var halves = gateUp_N2F.chunk(2, dim: -1);
        return halves[0].silu() * halves[1];
    }

    /// <summary>GELU, by its tanh approximation or exactly.</summary>
    public static Tensor Gelu(Tensor x, bool isTanh)
    {
        return CudaCalls.Serve(x) ? new GeluFunction(isTanh ? 0 : 1).apply(x)[0] : torch.nn.functional.gelu(x, isTanh ? "tanh" : "none");
    }

    private sealed class SwiGluFunction : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var gateUp_N2F = inputs[0].contiguous();
            var (rows, width) = (gateUp_N2F.size(0), gateUp_N2F.size(1) / 2);
            var out_NF = torch.empty([rows, width], gateUp_N2F.dtype, gateUp_N2F.device);
            save_for_backward(gateUp_N2F);
            NativeStatus.Check(NativeMethods.gn_cuda_swiglu_forward(CudaCalls.TypeOf(out_NF), CudaCalls.Address(gateUp_N2F), CudaCalls.Address(out_NF), rows, width));
            GC.KeepAlive(gateUp_N2F);
            return [out_NF];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var gateUp_N2F = saved_tensors[0];
            var given_NF = gradients[0]!.contiguous();
            var gradient_N2F = torch.empty_like(gateUp_N2F);
            NativeStatus.Check(NativeMethods.gn_cuda_swiglu_backward(
                CudaCalls.TypeOf(given_NF), CudaCalls.Address(gateUp_N2F), CudaCalls.Address(given_NF), CudaCalls.Address(gradient_N2F), given_NF.size(0), given_NF.size(1)));
            GC.KeepAlive(given_NF);
            return [gradient_N2F];
        }
    }

    private sealed class GeluFunction(int kind) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x = inputs[0].contiguous();
            var output = torch.empty_like(x);
            save_for_backward(x);
            NativeStatus.Check(NativeMethods.gn_cuda_gelu_forward(CudaCalls.TypeOf(x), kind, CudaCalls.Address(x), CudaCalls.Address(output), x.numel()));
            GC.KeepAlive(x);
            return [output];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var x = saved_tensors[0];
            var given = gradients[0]!.contiguous();
            var gradient = torch.empty_like(x);
            NativeStatus.Check(NativeMethods.gn_cuda_gelu_backward(CudaCalls.TypeOf(x), kind, CudaCalls.Address(x), CudaCalls.Address(given), CudaCalls.Address(gradient), x.numel()));
            GC.KeepAlive(given);
            return [gradient];
        }
    }
}
