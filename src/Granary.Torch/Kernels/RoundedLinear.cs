using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// x W^T + b on the CPU with all tensors float32, where the factors of each product, forward and back, are rounded to bfloat16 and
/// the sums are float32. Of the weight a rounded copy is kept beside it.
/// </summary>
public static class RoundedLinear
{
    /// <summary>Whether this CPU has an instruction for such products; without one they take float32's time.</summary>
    public static bool IsFast => NativeMethods.gn_kernels_product_has_bfloat16_instruction() != 0;

    /// <summary>[N, I] and [O, I] to [N, O].</summary>
    public static Tensor Apply(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        return new Function(weight_OI, bias_O).apply(bias_O is null ? [x_NI, weight_OI] : [x_NI, weight_OI, bias_O])[0];
    }

    // Saves x, and the weight, whose copy may have been given up until backward comes.
    private sealed class Function(Tensor weight, Tensor? bias) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs[0], inputs[1]);
            return [RoundedProducts.Forward(inputs[0], weight, bias)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var x_NI = saved_tensors[0];
            var gradient_NO = gradients[0]!;
            var ofX_NI = needs_input_grad(0) ? torch.empty(x_NI.shape) : null;
            if (ofX_NI is not null)
            {
                RoundedProducts.OfInput(gradient_NO, weight, ofX_NI);
            }

            var ofWeight_OI = needs_input_grad(1) ? RoundedProducts.OfWeight(weight, gradient_NO, x_NI) : null;
            if (bias is null)
            {
                return [ofX_NI, ofWeight_OI];
            }

            return [ofX_NI, ofWeight_OI, needs_input_grad(2) ? RoundedProducts.OfBias(bias, gradient_NO) : null];
        }
    }
}
