namespace Granary.Torch.Kernels;

/// <summary>
/// x W^T + b by the CPU's own products, all tensors float32; the factors of each product, forward and back, are rounded to bfloat16
/// where that is asked for, and then a rounded copy of the weight is kept beside it. Where a parameter is a leaf and has a gradient,
/// backward adds to it where it lies, as <see cref="FusedEmbedding"/> does: gradients are asked for with backward, not with
/// torch.autograd.grad, once some are there. The results are the same for every number of threads.
/// </summary>
public static class FusedLinear
{
    /// <summary>Whether this CPU has an instruction for rounded factors (AVX512-BF16); without one they take float32's time.</summary>
    public static bool IsRoundingFast => ProductKernels.HasRoundedInstruction;

    /// <summary>Whether these are tensors that the kernels take: float32 in main memory, the weight without gaps.</summary>
    public static bool Takes(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        ArgumentNullException.ThrowIfNull(x_NI);
        ArgumentNullException.ThrowIfNull(weight_OI);
        return ProductKernels.Takes(x_NI) && ProductKernels.Takes(weight_OI) && weight_OI.is_contiguous()
            && (bias_O is null || (bias_O.dtype == ScalarType.Float32 && bias_O.is_contiguous()));
    }

    /// <summary>[N, I] and [O, I] to [N, O].</summary>
    /// <exception cref="ArgumentException">A tensor is not float32 on the CPU, or widths differ.</exception>
    public static Tensor Apply(Tensor x_NI, Tensor weight_OI, Tensor? bias_O, bool areRounded = false)
    {
        return new Function(weight_OI, bias_O, areRounded).apply(bias_O is null ? [x_NI, weight_OI] : [x_NI, weight_OI, bias_O])[0];
    }

    // Adds to a leaf's gradient where there is one; null, or what the engine has to be given. What has companions keeps the memory of its gradient.
    private static Tensor? Add(Tensor parameter, Action<Tensor, bool> write)
    {
        if (parameter.is_leaf && (parameter.HasCompanions || parameter.grad is { } grad && grad.is_contiguous() && grad.dtype == ScalarType.Float32))
        {
            var (memory, isFirst) = parameter.HasCompanions ? parameter.Companions.Claim() : (parameter.grad!, false);
            write(memory, !isFirst);
            return null;
        }

        var made = torch.empty(parameter.shape);
        write(made, false);
        return made;
    }

    // Saves x and the weight. Rounded values and gradients are kept beside the parameters themselves.
    private sealed class Function(Tensor weight, Tensor? bias, bool areRounded) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var x_NI = KernelArguments.InRows(inputs[0], "x_NI");
            save_for_backward(x_NI, inputs[1]);
            var y_NO = torch.empty([x_NI.size(0), weight.size(0)]);
            ProductKernels.ForwardInto(x_NI, weight, KernelArguments.WholeOrNull(bias, "bias_O"), y_NO, areRounded);
            return [y_NO];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (x_NI, weight_OI) = (saved_tensors[0], areRounded ? weight : saved_tensors[1]);
            var dy_NO = KernelArguments.InRows(gradients[0]!, "gradient");
            var ofX_NI = needs_input_grad(0) ? torch.empty([x_NI.size(0), weight_OI.size(1)]) : null;
            if (ofX_NI is not null)
            {
                ProductKernels.OfInputInto(dy_NO, weight_OI, ofX_NI, areRounded);
            }

            var ofWeight_OI = needs_input_grad(1) ? Add(weight, (target, adds) => ProductKernels.OfWeightInto(dy_NO, x_NI, target, adds, areRounded)) : null;
            if (bias is null)
            {
                return [ofX_NI, ofWeight_OI];
            }

            return [ofX_NI, ofWeight_OI, needs_input_grad(2) ? Add(bias, (target, adds) => ProductKernels.OfBiasInto(dy_NO, target, adds)) : null];
        }
    }
}
