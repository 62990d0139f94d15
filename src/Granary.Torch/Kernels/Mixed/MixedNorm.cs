using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// RMSNorm, or with a bias LayerNorm, of rows [N, C] in float32 or bfloat16, computed in float32, with the residual addition
/// in front of it in the same pass: sum = x + delta, y = norm(sum).
/// </summary>
public static unsafe class MixedNorm
{
    /// <summary>The rows normalised.</summary>
    public static Tensor Normalize(Tensor x_NC, Tensor weight_C, Tensor? bias_C, double epsilon)
    {
        return CudaCalls.Serve(x_NC)
            ? new Function(weight_C, bias_C, epsilon, addsDelta: false).apply(bias_C is null ? [x_NC, weight_C] : [x_NC, weight_C, bias_C])[0]
            : Composed(x_NC, weight_C, bias_C, epsilon);
    }

    /// <summary>The sum of two, and it normalised.</summary>
    public static (Tensor Sum_NC, Tensor Normed_NC) AddNormalize(Tensor x_NC, Tensor delta_NC, Tensor weight_C, Tensor? bias_C, double epsilon)
    {
        if (!CudaCalls.Serve(x_NC))
        {
            var sum_NC = x_NC + delta_NC;
            return (sum_NC, Composed(sum_NC, weight_C, bias_C, epsilon));
        }

        var outputs = new Function(weight_C, bias_C, epsilon, addsDelta: true).apply(bias_C is null ? [x_NC, delta_NC, weight_C] : [x_NC, delta_NC, weight_C, bias_C]);
        return (outputs[0], outputs[1]);
    }

    private static Tensor Composed(Tensor x_NC, Tensor weight_C, Tensor? bias_C, double epsilon)
    {
        var wide_NC = x_NC.to(ScalarType.Float32);
        var weight = MixedValues.Read(weight_C, ScalarType.Float32);
        var y_NC = bias_C is null
            ? torch.nn.functional.rms_norm(wide_NC, weight, epsilon)
            : torch.nn.functional.layer_norm(wide_NC, weight, MixedValues.Read(bias_C, ScalarType.Float32), epsilon);
        return y_NC.to(x_NC.dtype);
    }

    // Saves what was normalised, and mean and 1 / deviation of its rows.
    private sealed class Function(Tensor weight, Tensor? bias, double epsilon, bool addsDelta) : AutogradFunction
    {
        private int Kind => bias is null ? 0 : 1;

        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x_NC = inputs[0].contiguous();
            var delta_NC = addsDelta ? inputs[1].contiguous() : null;
            var sum_NC = addsDelta ? torch.empty_like(x_NC) : null;
            var y_NC = torch.empty_like(x_NC);
            var rows = x_NC.size(0);
            var rstd_N = torch.empty([rows], device: x_NC.device);
            var mean_N = bias is null ? null : torch.empty([rows], device: x_NC.device);
            var call = new NativeCudaNorm
            {
                Type = CudaCalls.TypeOf(x_NC),
                Kind = Kind,
                Rows = rows,
                Width = x_NC.size(1),
                Epsilon = epsilon,
                X = CudaCalls.Address(x_NC),
                Delta = CudaCalls.Address(delta_NC),
                Sum = CudaCalls.Address(sum_NC),
                Gamma = CudaCalls.Floats(weight),
                Beta = CudaCalls.Floats(bias),
                Y = CudaCalls.Address(y_NC),
                Mean = CudaCalls.Floats(mean_N),
                Rstd = CudaCalls.Floats(rstd_N),
            };
            NativeStatus.Check(NativeMethods.gn_cuda_norm_forward(&call));
            GC.KeepAlive((x_NC, delta_NC));
            save_for_backward(mean_N is null ? [sum_NC ?? x_NC, rstd_N] : [sum_NC ?? x_NC, rstd_N, mean_N]);
            return sum_NC is null ? [y_NC] : [sum_NC, y_NC];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var x_NC = saved_tensors[0];
            var ofSum_NC = addsDelta ? gradients[0]?.contiguous() : null;
            var ofY_NC = gradients[^1]?.contiguous() ?? torch.zeros_like(x_NC);
            var ofX_NC = torch.empty_like(x_NC);
            var (ofWeight, isFirst) = Sink(weight);
            var ofBias = bias is null ? null : Sink(bias).Gradient;
            var scratch = torch.empty([NativeMethods.gn_cuda_column_scratch(x_NC.size(0), x_NC.size(1))], device: x_NC.device);
            var call = new NativeCudaNormGradient
            {
                Type = CudaCalls.TypeOf(x_NC),
                Kind = Kind,
                Rows = x_NC.size(0),
                Width = x_NC.size(1),
                X = CudaCalls.Address(x_NC),
                Gamma = CudaCalls.Floats(weight),
                Mean = bias is null ? null : CudaCalls.Floats(saved_tensors[2]),
                Rstd = CudaCalls.Floats(saved_tensors[1]),
                YGradient = CudaCalls.Address(ofY_NC),
                SumGradient = CudaCalls.Address(ofSum_NC),
                XGradient = CudaCalls.Address(ofX_NC),
                GammaGradient = CudaCalls.Floats(ofWeight),
                BetaGradient = CudaCalls.Floats(ofBias),
                Accumulate = isFirst ? 0 : 1,
                Scratch = CudaCalls.Floats(scratch),
            };
            NativeStatus.Check(NativeMethods.gn_cuda_norm_backward(&call));
            GC.KeepAlive((ofSum_NC, ofY_NC, scratch));
            var given = weight.is_leaf ? null : ofWeight;
            return [ofX_NC, .. addsDelta ? [ofX_NC] : Array.Empty<Tensor?>(), given, .. bias is null ? Array.Empty<Tensor?>() : [bias.is_leaf ? null : ofBias]];
        }

        // Weight and bias of a norm are first together, or not.
        private static (Tensor Gradient, bool IsFirst) Sink(Tensor parameter)
        {
            return parameter.is_leaf ? parameter.Companions.Claim() : (torch.empty_like(parameter), true);
        }
    }
}
