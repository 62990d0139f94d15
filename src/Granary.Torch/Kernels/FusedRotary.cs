using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// Rotary position embedding of the queries and keys of a packed projection [B, T, (H + 2G) D], laid out queries, keys,
/// values; half against half, as Hugging Face stores it. float32 on the CPU.
/// </summary>
public static unsafe class FusedRotary
{
    /// <summary>A rotated copy. cos and sin are [positions, R/2], R at most D; positions are int64 [B, T], or null for 0 .. T - 1.</summary>
    public static Tensor RotatePacked(Tensor packed_BTP, int heads, int keyHeads, Tensor cos, Tensor sin, Tensor? positions = null)
    {
        return new Function(heads, keyHeads, cos, sin, positions, inPlace: false).apply(packed_BTP)[0];
    }

    /// <summary>
    /// The same in the projection's own memory: the result is a tensor over it, and the projection is not to be used
    /// afterwards. Autograd refuses backward where the projection's values were needed elsewhere.
    /// </summary>
    public static Tensor RotatePackedInPlace(Tensor packed_BTP, int heads, int keyHeads, Tensor cos, Tensor sin, Tensor? positions = null)
    {
        RequireOverwritable(packed_BTP);
        return new Function(heads, keyHeads, cos, sin, positions, inPlace: true).apply(packed_BTP)[0];
    }

    /// <summary>Refuses a projection that cannot be rotated where it lies.</summary>
    /// <exception cref="ArgumentException">It has gaps, or is a leaf that requires a gradient.</exception>
    internal static void RequireOverwritable(Tensor packed_BTP)
    {
        KernelArguments.RequireWhole(packed_BTP, nameof(packed_BTP));
        if (packed_BTP.is_leaf && packed_BTP.requires_grad && torch.is_grad_enabled())
        {
            throw new ArgumentException($"'packed_BTP' is a leaf that requires a gradient, so its values cannot be changed in place; use {nameof(RotatePacked)}.", nameof(packed_BTP));
        }
    }

    /// <summary>Turns a projection without gaps where it lies, or back; no history, and the change is not counted.</summary>
    internal static void Rotate(Tensor packed, int heads, int keyHeads, Tensor cosines, Tensor sines, Tensor? ids, bool isInverse)
    {
        if (packed.numel() == 0)
        {
            return;
        }

        var (batch, length, width) = (packed.size(0), packed.size(1), packed.size(2));
        var dims = width / (heads + (2 * keyHeads));
        if (cosines.ndim != 2 || !cosines.shape.AsSpan().SequenceEqual(sines.shape) || 2 * cosines.size(1) > dims)
        {
            throw new ArgumentException($"'cos' is {cosines} and 'sin' is {sines}, but both must be [positions, R/2] with R at most the {dims} dims of a head.");
        }

        // Queries and keys lie side by side and turn alike: heads of one tensor.
        var tensor = new NativeRotaryTensor
        {
            Data = KernelArguments.Floats(packed),
            BatchStride = length * width,
            HeadStride = dims,
            RowStride = width,
            Batch = batch,
            Heads = heads + keyHeads,
            Length = length,
        };
        var tables = new NativeRotaryTables
        {
            Cos = KernelArguments.Floats(cosines),
            Sin = KernelArguments.Floats(sines),
            Positions = cosines.size(0),
            Rotated = 2 * cosines.size(1),
        };
        using var part = Profiler.Kernel("granary::rotary", operations: 0, 2.0 * sizeof(float) * tensor.Batch * tensor.Heads * tensor.Length * tables.Rotated);
        NativeStatus.Check(NativeMethods.gn_kernels_rotary_apply(
            &tensor, &tables, ids is null ? null : (long*)ids.DataPointer(), isInverse ? 1 : 0, KernelArguments.Threads));
        GC.KeepAlive(cosines);
        GC.KeepAlive(sines);
        GC.KeepAlive(ids);
    }

    private sealed class Function(int heads, int keyHeads, Tensor cos, Tensor sin, Tensor? positions, bool inPlace) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var packed = KernelArguments.Whole(inputs[0], "packed_BTP");
            if (packed.ndim != 3 || packed.size(2) % (heads + (2 * keyHeads)) != 0)
            {
                throw new ArgumentException($"'packed_BTP' is {packed}, but must be [B, T, (H + 2G) D] with H = {heads} and G = {keyHeads}.", nameof(inputs));
            }

            // Owned by this function: the caller's tables may be gone when backward comes.
            var tables = new[] { KernelArguments.Whole(cos, "cos"), KernelArguments.Whole(sin, "sin") };
            var ids = positions is null ? null : KernelArguments.Require(positions, "positions", ScalarType.Int64, packed.size(0), packed.size(1));
            var result = inPlace ? packed.detach() : packed.clone();
            Rotate(result, heads, keyHeads, tables[0], tables[1], ids, isInverse: false);
            result.BumpVersion();
            save_for_backward(ids is null ? tables : [.. tables, ids]);
            return [result];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var given = KernelArguments.Whole(gradients[0]!, "gradient");
            var gradient = may_overwrite(given) ? given : given.clone();
            Rotate(gradient, heads, keyHeads, saved_tensors[0], saved_tensors[1], saved_tensors.Count > 2 ? saved_tensors[2] : null, isInverse: true);
            gradient.BumpVersion();
            return [gradient];
        }
    }
}
