namespace Granary.Torch.Kernels;

/// <summary>
/// The unembedding and the cross-entropy behind it, a portion of the rows at a time; float32 on the CPU. The logits of a
/// portion become their own gradient in place and go on into the products at once, so that never more than a portion's
/// logits live, and the head's gradient is added where it lies. Shape letters: M rows, N of a portion, C width, V vocabulary.
/// </summary>
public static class FusedHeadLoss
{
    // Each portion reads and writes the head's gradient once: at 256 rows that costs an eighth of the three products, at 1,024
    // a thirtieth. Fewer rows than 256 take the products' rate as well, so they are the least, whatever their bytes.
    private const long BytesOfPortion = 128 << 20;
    private const long LeastRows = 256;

    /// <summary>
    /// sum over rows of weight * -log softmax(x W^T)[target] in nats, of [M, C], [V, C], int64 [M] and float32 [M] or null for
    /// 1 each; rows whose target is -100 do not count. The products' factors are rounded to bfloat16 where that is asked for. The
    /// way back, which may have any gradient, computes the logits again;
    /// <see cref="Begin(Tensor, Tensor, Tensor, Tensor, double, bool)"/> does without.
    /// </summary>
    public static Tensor Sum(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M, bool areRounded = false)
    {
        return Sum(rows_MC, head_VC, targets_M, weights_M, RowsOfPortion(rows_MC.size(0), head_VC.size(0)), areRounded);
    }

    /// <summary>
    /// The sum times a scale. The head's gradient is added to what it has already; the rows' is taken back when the result's
    /// <see cref="PendingLoss.Backward"/> is called.
    /// </summary>
    public static PendingLoss Begin(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M, double scale, bool areRounded = false)
    {
        return Begin(rows_MC, head_VC, targets_M, weights_M, scale, RowsOfPortion(rows_MC.size(0), head_VC.size(0)), areRounded);
    }

    /// <summary>Rows whose logits live at once, of so many with so many classes.</summary>
    public static long RowsOfPortion(long rows, long classes)
    {
        var most = Math.Max(LeastRows, BytesOfPortion / (sizeof(float) * Math.Max(1, classes)));
        var portions = Math.Max(1, (rows + most - 1) / most);
        return Math.Max(1, (rows + portions - 1) / portions);
    }

    internal static Tensor Sum(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M, long rowsOfPortion, bool areRounded = false)
    {
        return new Function(head_VC, targets_M, weights_M, rowsOfPortion, areRounded).apply(rows_MC, head_VC)[0];
    }

    internal static PendingLoss Begin(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M, double scale, long rowsOfPortion, bool areRounded = false)
    {
        if (!head_VC.is_leaf)
        {
            // What the head was computed from is reached through its history alone.
            return PendingLoss.Of(Sum(rows_MC, head_VC, targets_M, weights_M, rowsOfPortion, areRounded) * scale);
        }

        var portions = new Portions(rows_MC, head_VC, targets_M, weights_M, rowsOfPortion, areRounded);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var ofRows_MC = rows_MC.requires_grad ? torch.empty(rows_MC.shape) : null;
        var sum = portions.Run(scale, ofRows_MC, head_VC.requires_grad).LossSum;
        var loss = torch.tensor(sum * scale, ScalarType.Float64).MoveToOuterDisposeScope();
        return new PendingLoss(loss, ofRows_MC is null ? null : rows_MC, ofRows_MC?.MoveToOuterDisposeScope());
    }

    private sealed class Portions(Tensor rows_MC, Tensor head_VC, Tensor targets_M, Tensor? weights_M, long most, bool areRounded)
    {
        public double LossSum()
        {
            var sum = 0.0;
            foreach (var (start, count) in All())
            {
                using var scope = torch.NewDisposeScope();
                sum += Lose(Logits(Rows(start, count)), start, count, gradientScale: null);
            }

            return sum;
        }

        /// <summary>Writes the rows' gradient and adds the head's; of a head that is no leaf the engine has to be given it.</summary>
        public (double LossSum, Tensor? OfHead_VC) Run(double scale, Tensor? ofRows_MC, bool needsHead)
        {
            var sum = 0.0;
            var ofHead_VC = null as Tensor;
            foreach (var (start, count) in All())
            {
                using var scope = torch.NewDisposeScope();
                var portion_NC = Rows(start, count);
                var logits_NV = Logits(portion_NC);
                sum += Lose(logits_NV, start, count, scale);
                if (ofRows_MC is not null)
                {
                    ProductKernels.OfInputInto(logits_NV, head_VC, ofRows_MC.narrow(0, start, count), areRounded);
                }

                if (needsHead)
                {
                    var (target_VC, isFirst) = head_VC.is_leaf
                        ? head_VC.Companions.Claim()
                        : (ofHead_VC ??= torch.empty(head_VC.shape).MoveToOuterDisposeScope(), start == 0);
                    ProductKernels.OfWeightInto(logits_NV, portion_NC, target_VC, adds: !isFirst, areRounded);
                }
            }

            return (sum, ofHead_VC);
        }

        private IEnumerable<(long Start, long Count)> All()
        {
            for (var start = 0L; start < rows_MC.size(0); start += most)
            {
                yield return (start, Math.Min(most, rows_MC.size(0) - start));
            }
        }

        private Tensor Rows(long start, long count) => KernelArguments.Whole(rows_MC.narrow(0, start, count), "rows_MC");

        private Tensor Logits(Tensor portion_NC)
        {
            var logits_NV = torch.empty([portion_NC.size(0), head_VC.size(0)]);
            ProductKernels.ForwardInto(portion_NC, head_VC, bias_O: null, logits_NV, areRounded);
            return logits_NV;
        }

        private double Lose(Tensor logits_NV, long start, long count, double? gradientScale)
        {
            return FusedCrossEntropy.Lose(logits_NV, targets_M.narrow(0, start, count), weights_M?.narrow(0, start, count), gradientScale);
        }
    }

    // Saves the rows and the head, which the way back multiplies again.
    private sealed class Function(Tensor head, Tensor targets_M, Tensor? weights_M, long rowsOfPortion, bool areRounded) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            save_for_backward(inputs[0], inputs[1]);
            return [torch.tensor(new Portions(inputs[0], head, targets_M, weights_M, rowsOfPortion, areRounded).LossSum(), ScalarType.Float64)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var rows_MC = saved_tensors[0];
            var ofRows_MC = needs_input_grad(0) ? torch.empty(rows_MC.shape) : null;
            var ofHead_VC = new Portions(rows_MC, head, targets_M, weights_M, rowsOfPortion, areRounded).Run(gradients[0]!.item(), ofRows_MC, needs_input_grad(1)).OfHead_VC;
            return [ofRows_MC, ofHead_VC ?? (head.is_leaf || !needs_input_grad(1) ? null : torch.zeros_like(head))];
        }
    }
}
