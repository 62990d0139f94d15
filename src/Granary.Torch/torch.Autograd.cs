using Granary.Torch.Native;

namespace Granary.Torch;

public static unsafe partial class torch
{
    /// <summary>Gradients of several results at once.</summary>
    public static class autograd
    {
        /// <summary>Accumulates the gradients of the roots into the leaves; a root that is no scalar needs its gradient given.</summary>
        public static void backward(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor?>? grad_tensors = null, bool retain_graph = false, bool create_graph = false)
        {
            RequireOneForEach(tensors, grad_tensors, nameof(grad_tensors));
            using var roots = new HandleArray(tensors);
            using var gradients = grad_tensors is null ? null : new HandleArray(grad_tensors);
            NativeStatus.Check(NativeMethods.gn_autograd_backward(
                roots.Pointer, gradients is null ? null : gradients.Pointer, tensors.Count, retain_graph ? 1 : 0, create_graph ? 1 : 0));
        }

        /// <summary>The gradients of the outputs with respect to the inputs; null for an unused input where that is allowed.</summary>
        public static Tensor?[] grad(
            IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            RequireOneForEach(outputs, grad_outputs, nameof(grad_outputs));
            using var roots = new HandleArray(outputs);
            using var leaves = new HandleArray(inputs);
            using var gradients = grad_outputs is null ? null : new HandleArray(grad_outputs);
            var results = new nint[inputs.Count];
            fixed (nint* found = results)
            {
                NativeStatus.Check(NativeMethods.gn_autograd_grad(
                    roots.Pointer,
                    gradients is null ? null : gradients.Pointer,
                    outputs.Count,
                    leaves.Pointer,
                    inputs.Count,
                    retain_graph ? 1 : 0,
                    create_graph ? 1 : 0,
                    allow_unused ? 1 : 0,
                    found));
            }

            return Array.ConvertAll(results, handle => handle == 0 ? null : new Tensor(handle));
        }

        private static void RequireOneForEach(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor?>? gradients, string name)
        {
            if (gradients is not null && gradients.Count != tensors.Count)
            {
                throw new ArgumentException($"There are '{gradients.Count}' gradients for {tensors.Count} tensors; give one for each, null for a scalar's.", name);
            }
        }
    }
}
