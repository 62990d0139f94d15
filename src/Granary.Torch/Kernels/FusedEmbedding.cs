using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch.Kernels;

/// <summary>
/// Rows of a table by id, whose backward adds straight into the table's gradient. Where <c>table.grad</c> exists and has
/// no gaps, only the rows that were read are touched: no dense tensor of the table's size is made, added and dropped, as
/// the plain operator does each time. A table that is tied to the output head keeps its gradient between steps for this
/// (filled with zeros rather than set to null). Consequently gradients are asked for with backward, not with
/// torch.autograd.grad. float32 on the CPU; the sums are the same for every number of threads.
/// </summary>
public static unsafe class FusedEmbedding
{
    private const long NoPadding = -1;

    /// <summary>[V, C] and int64 ids [...] to [..., C].</summary>
    public static Tensor Lookup(Tensor table_VC, Tensor ids)
    {
        return new Function(table_VC.is_leaf ? table_VC : null, table_VC.shape).apply(table_VC, ids)[0];
    }

    private sealed class Function(Tensor? leaf, long[] shape) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            KernelArguments.RequireWhole(inputs[0], "table_VC");
            var ids = inputs[1].contiguous();
            save_for_backward(ids);
            return [Aten.Embedding.Call(inputs[0], ids)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var ids = saved_tensors[0];
            var given = KernelArguments.Whole(gradients[0]!, "gradient");
            var existing = leaf?.grad is { } grad && grad.is_contiguous() ? grad : null;
            var target = existing ?? torch.zeros(shape);
            using var part = Profiler.Kernel("granary::embedding_backward", operations: 0, 3 * KernelArguments.BytesOf(given));
            NativeStatus.Check(NativeMethods.gn_kernels_embedding_backward(
                (long*)ids.DataPointer(),
                ids.numel(),
                NoPadding,
                KernelArguments.Floats(given),
                shape[1],
                KernelArguments.Floats(target),
                shape[0],
                shape[1],
                KernelArguments.Threads));
            GC.KeepAlive(given);
            target.BumpVersion();
            return [existing is null ? target : null, null];
        }
    }
}
