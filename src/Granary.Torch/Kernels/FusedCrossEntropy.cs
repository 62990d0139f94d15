using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// Cross-entropy of logits against class ids, with the gradient written over the logits while a row is still in the
/// cache: no second matrix of rows times vocabulary. float32 on the CPU.
/// </summary>
public static unsafe class FusedCrossEntropy
{
    /// <summary>A target of this value: the row does not count.</summary>
    public const long Ignored = -100;

    /// <summary>
    /// The summed loss. Where history is recorded the logits [N, V] are overwritten by their gradient and not to be used
    /// afterwards. Targets are int64 [N]; weights are float32 [N] and have no gradient.
    /// </summary>
    /// <param name="logits_NV">Rows without gaps.</param>
    /// <param name="targets_N">Class ids, or <see cref="Ignored"/>.</param>
    /// <param name="weights_N">What each row counts; null for 1.</param>
    /// <param name="gradientScale">The gradient that backward will be called with, if it is known: 1 / tokens for a mean. With any other gradient backward costs one more pass over the logits.</param>
    public static CrossEntropySums Sum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N = null, double gradientScale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero((float)gradientScale, nameof(gradientScale));
        var function = new Function(targets_N, weights_N, (float)gradientScale, torch.is_grad_enabled() && logits_NV.requires_grad);
        return new CrossEntropySums(function.apply(logits_NV)[0], function.WeightSum);
    }

    /// <summary>The loss of each row in nats, [N], 0 where it does not count; leaves the logits alone and records no history.</summary>
    public static Tensor Losses(Tensor logits_NV, Tensor targets_N)
    {
        using var scope = torch.NewDisposeScope();
        var rows = new Rows(logits_NV, targets_N, null);
        var losses = torch.empty([logits_NV.size(0)]);
        rows.Run(KernelArguments.Floats(losses), null, 0);
        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>The summed loss, without history; with a scale the logits are overwritten by their gradient times it.</summary>
    internal static double Lose(Tensor logits_NV, Tensor targets_N, Tensor? weights_N, double? gradientScale)
    {
        var rows = new Rows(logits_NV, targets_N, weights_N);
        return rows.Run(null, gradientScale is null ? null : KernelArguments.Floats(rows.Logits), (float)(gradientScale ?? 1)).LossSum;
    }

    private sealed class Rows
    {
        private readonly Tensor _targets;
        private readonly Tensor? _weights;

        public Rows(Tensor logits, Tensor targets, Tensor? weights)
        {
            Logits = KernelArguments.InRows(logits, "logits_NV");
            if (logits.ndim != 2)
            {
                throw new ArgumentException($"'logits_NV' is {logits} but must be [N, V].", nameof(logits));
            }

            _targets = KernelArguments.Require(targets, "targets_N", ScalarType.Int64, logits.size(0));
            _weights = weights is null ? null : KernelArguments.Require(weights, "weights_N", ScalarType.Float32, logits.size(0));
        }

        public Tensor Logits { get; }

        public (double LossSum, double WeightSum) Run(float* losses, float* gradient, float gradientScale)
        {
            var rows = new NativeLossRows
            {
                Logits = KernelArguments.Floats(Logits),
                RowStride = Logits.stride(0),
                Targets = (long*)_targets.DataPointer(),
                Weights = KernelArguments.Floats(_weights),
                Rows = Logits.size(0),
                Classes = Logits.size(1),
            };
            double lossSum;
            double weightSum;
            using var part = Profiler.Kernel("granary::cross_entropy", operations: 0, (gradient is null ? 1 : 2) * KernelArguments.BytesOf(Logits));
            NativeStatus.Check(NativeMethods.gn_kernels_loss_cross_entropy(
                &rows, losses, null, &lossSum, &weightSum, gradient, Logits.stride(0), gradientScale, KernelArguments.Threads));
            GC.KeepAlive(_targets);
            GC.KeepAlive(_weights);
            return (lossSum, weightSum);
        }
    }

    private sealed class Function(Tensor targets, Tensor? weights, float gradientScale, bool records) : AutogradFunction
    {
        // What the gradient in the logits' memory is multiplied by.
        private double _scale = gradientScale;

        public double WeightSum { get; private set; }

        protected override Tensor[] forward(Tensor[] inputs)
        {
            var rows = new Rows(inputs[0], targets, weights);
            var (lossSum, weightSum) = rows.Run(null, records ? KernelArguments.Floats(rows.Logits) : null, gradientScale);
            WeightSum = weightSum;
            if (records)
            {
                rows.Logits.BumpVersion();
                save_for_backward(rows.Logits);
            }

            return [torch.tensor(lossSum, ScalarType.Float64)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var gradient = saved_tensors[0];
            var asked = gradients[0]!.item();
            if (asked == 0)
            {
                return [torch.zeros_like(gradient)];
            }

            if ((float)asked != (float)_scale)
            {
                // Not counted as a change: what a retained graph saved here is the gradient, whatever its scale.
                Multiply(gradient, (float)(asked / _scale));
                _scale = asked;
            }

            return [gradient];
        }

        private static void Multiply(Tensor matrix, float factor)
        {
            var spans = new NativeSpan[matrix.size(0)];
            for (var row = 0; row < spans.Length; row++)
            {
                spans[row] = new NativeSpan { Data = KernelArguments.Floats(matrix) + (row * matrix.stride(0)), Count = matrix.size(1) };
            }

            fixed (NativeSpan* first = spans)
            {
                using var part = Profiler.Kernel("granary::scale", operations: 0, 2 * KernelArguments.BytesOf(matrix));
                NativeStatus.Check(NativeMethods.gn_kernels_optimizer_scale(first, spans.Length, factor, KernelArguments.Threads));
            }
        }
    }
}
