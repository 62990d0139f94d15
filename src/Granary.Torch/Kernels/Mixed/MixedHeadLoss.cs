using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// The unembedding and the cross-entropy behind it, a portion of the rows at a time: the logits of a portion become their own
/// gradient and go on into the products at once, so that never more than a portion's logits live, and the way back has
/// only to scale what is there. Where no gradient is asked for, only the losses are computed.
/// </summary>
public static unsafe class MixedHeadLoss
{
    // Large enough for the products' full rate, small beside what else a step holds.
    private const double BytesOfPortion = 1 << 30;

    private static readonly Operator MulOut = Operator.Find("aten::mul", "out");
    private static readonly Operator MmOut = Operator.Find("aten::mm", "out");

    /// <summary>
    /// sum over rows of weight * -log softmax(x W^T)[target] in nats, of [M, C], [V, C], int64 [M] and float32 [M] or null for
    /// 1 each; rows whose target is -100 do not count.
    /// </summary>
    public static Tensor Sum(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M)
    {
        return new Function(head_VC, targets_M, weights_M, torch.is_grad_enabled() && (rows_MC.requires_grad || head_VC.requires_grad)).apply(rows_MC, head_VC)[0];
    }

    /// <summary>Rows whose logits live at once, of so many with elements of so many bytes.</summary>
    public static long RowsOfPortion(long rows, long classes, double elementBytes)
    {
        var portions = Math.Max(1, (long)Math.Ceiling(elementBytes * rows * classes / BytesOfPortion));
        return (rows + portions - 1) / portions;
    }

    private static long RowsOfPortion(Tensor rows_MC, long classes) => RowsOfPortion(rows_MC.size(0), classes, rows_MC.dtype == ScalarType.Float32 ? 4 : 2);

    // Saves the gradients for a loss that counts once: of the rows in their type, of the head in float32.
    private sealed class Function(Tensor head, Tensor targets_M, Tensor? weights_M, bool needsGradients) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var rows_MC = inputs[0].contiguous();
            var values_VC = MixedValues.Of(head, rows_MC.dtype);
            var losses_M = torch.empty([rows_MC.size(0)], device: rows_MC.device);
            var ofRows_MC = needsGradients ? torch.empty_like(rows_MC) : null;
            var ofHead_VC = needsGradients ? torch.empty(head.shape, device: rows_MC.device) : null;
            var most = RowsOfPortion(rows_MC, values_VC.size(0));
            for (var start = 0L; start < rows_MC.size(0); start += most)
            {
                using var scope = torch.NewDisposeScope();
                var count = Math.Min(most, rows_MC.size(0) - start);
                var portion_NC = rows_MC.narrow(0, start, count);
                var logits_NV = portion_NC.mm(values_VC.t());
                Lose(logits_NV, targets_M.narrow(0, start, count), weights_M?.narrow(0, start, count), losses_M.narrow(0, start, count));
                if (needsGradients)
                {
                    MmOut.Call(logits_NV, values_VC, ofRows_MC!.narrow(0, start, count));
                    GradientSink.AddProduct(ofHead_VC!, isFirst: start == 0, logits_NV, portion_NC);
                }
            }

            if (rows_MC.size(0) == 0)
            {
                ofHead_VC?.zero_();
            }

            save_for_backward(needsGradients ? [ofRows_MC!, ofHead_VC!] : []);
            return [losses_M.sum()];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (scale, ofRows_MC, ofHead_VC) = (gradients[0]!, saved_tensors[0], saved_tensors[1]);

            // As a matrix of one number the scale keeps its type, and rows of bfloat16 are multiplied in float32.
            var scaledRows_MC = needs_input_grad(0) ? MulOut.Call(ofRows_MC, scale.view(1, 1), torch.empty_like(ofRows_MC)) : null;
            if (!needs_input_grad(1))
            {
                return [scaledRows_MC, null];
            }

            return [scaledRows_MC, GradientSink.AddScaled(head, ofHead_VC, scale)];
        }

        // The losses, and the logits' gradient in their place.
        private void Lose(Tensor logits_NV, Tensor targets_N, Tensor? weights_N, Tensor losses_N)
        {
            if (!CudaCalls.Serve(logits_NV))
            {
                LoseComposed(logits_NV, targets_N, weights_N, losses_N);
                return;
            }

            var weights = weights_N?.contiguous();
            NativeStatus.Check(NativeMethods.gn_cuda_cross_entropy(
                CudaCalls.TypeOf(logits_NV),
                CudaCalls.Address(logits_NV),
                logits_NV.size(0),
                logits_NV.size(1),
                logits_NV.stride(0),
                (long*)CudaCalls.Address(targets_N),
                CudaCalls.Floats(weights),
                CudaCalls.Floats(losses_N),
                needsGradients ? 1 : 0));
            GC.KeepAlive(weights);
        }

        private void LoseComposed(Tensor logits_NV, Tensor targets_N, Tensor? weights_N, Tensor losses_N)
        {
            var wide_NV = logits_NV.to(ScalarType.Float32);
            var target_N1 = targets_N.clamp(min: 0L).unsqueeze(1);
            var counts_N = targets_N.ne(FusedCrossEntropy.Ignored).to(ScalarType.Float32);
            var weight_N = weights_N is null ? counts_N : counts_N * weights_N;
            var loss_N = (wide_NV.logsumexp([1]) - wide_NV.gather(1, target_N1).squeeze(1)) * weight_N;
            losses_N.copy_(loss_N);
            if (needsGradients)
            {
                var hit_NV = torch.zeros_like(wide_NV).scatter_(1, target_N1, 1);
                logits_NV.copy_((wide_NV.softmax(1) - hit_NV) * weight_N.unsqueeze(1));
            }
        }
    }
}
