using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>x W^T + b in x's type, float32 or bfloat16, with float32 parameters whose gradients are summed in float32.</summary>
public static class MixedLinear
{
    /// <summary>[N, I] and [O, I] to [N, O].</summary>
    public static Tensor Apply(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        return new Function(weight_OI, bias_O).apply(bias_O is null ? [x_NI, weight_OI] : [x_NI, weight_OI, bias_O])[0];
    }

    // Saves x and the weight as it was multiplied.
    private sealed class Function(Tensor weight, Tensor? bias) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x_NI = inputs[0].contiguous();
            var values_OI = MixedValues.Of(weight, x_NI.dtype);
            save_for_backward(x_NI, values_OI);
            return [bias is null ? x_NI.mm(values_OI.t()) : Aten.Addmm.Call(MixedValues.Of(bias, x_NI.dtype), x_NI, values_OI.t(), 1.0, 1.0)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (x_NI, values_OI) = (saved_tensors[0], saved_tensors[1]);
            var gradient_NO = gradients[0]!.contiguous();
            var ofX_NI = needs_input_grad(0) ? gradient_NO.mm(values_OI) : null;
            var ofWeight_OI = needs_input_grad(1) ? GradientSink.AddProduct(weight, gradient_NO, x_NI) : null;
            if (bias is null)
            {
                return [ofX_NI, ofWeight_OI];
            }

            return [ofX_NI, ofWeight_OI, needs_input_grad(2) ? GradientSink.Add(bias, gradient_NO.sum(0, type: ScalarType.Float32)) : null];
        }
    }
}
