using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch.Kernels;

/// <summary>
/// Attention without a Tq x Tk matrix in memory; float32 on the CPU, where the factors of its products may be rounded to bfloat16: softmax and
/// sums stay float32. Shape letters: B rows, T queries, S keys, H query
/// heads, G key heads (they divide H), D head dims. Tensors may have any strides as long as D is without gaps, so
/// [B, T, H, D] is given as a transposed view; what is returned lies as [B, T, H, D] in memory. lse is the natural
/// logarithm of the sum of the exponentials of the scaled scores, -inf for a query that sees nothing, whose output is 0.
/// </summary>
public static unsafe class FusedAttention
{
    private static readonly Operator EmptyStrided = Operator.Find("aten::empty_strided");

    /// <summary>out [B, H, T, D] and lse [B, H, T], both differentiable. The scale is 1 / sqrt(D) where none is given.</summary>
    public static (Tensor Out, Tensor Lse) Attend(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        var outputs = new Separate(mask, scale, areRounded).apply(q_BHTD, k_BGSD, v_BGSD);
        return (outputs[0], outputs[1]);
    }

    /// <summary>
    /// Attention of a projection [B, T, (H + 2G) D], laid out queries, keys, values, onto itself: [B, T, H D]. Its backward
    /// writes one gradient of the projection's shape, without copies.
    /// </summary>
    public static Tensor AttendPacked(Tensor packed_BTP, int heads, int keyHeads, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        return new Packed(heads, keyHeads, mask, scale, areRounded, tables: null).apply(packed_BTP)[0];
    }

    /// <summary>
    /// The same of a projection that is first rotated in its own memory by tables [positions, R/2], as
    /// <see cref="FusedRotary.RotatePackedInPlace"/> does it; its gradient is turned back where it lies.
    /// </summary>
    public static Tensor AttendPackedRotated(Tensor packed_BTP, int heads, int keyHeads, Tensor cos, Tensor sin, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        FusedRotary.RequireOverwritable(packed_BTP);
        return new Packed(heads, keyHeads, mask, scale, areRounded, [KernelArguments.Whole(cos, "cos"), KernelArguments.Whole(sin, "sin")]).apply(packed_BTP)[0];
    }

    /// <summary>The same as <see cref="Attend"/> without history: for one block of keys of a longer sequence.</summary>
    public static (Tensor Out, Tensor Lse) Forward(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        AttentionHeads.Read(q_BHTD, nameof(q_BHTD));
        var output = EmptyLikeRows(q_BHTD);
        var lse = torch.empty(q_BHTD.shape[..3]);
        ForwardInto(q_BHTD, k_BGSD, v_BGSD, mask, scale, output, lse, areRounded);
        return (output, lse);
    }

    /// <summary>The same into tensors of the caller's: out with D without gaps, lse contiguous.</summary>
    public static void ForwardInto(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionMask mask, double? scale, Tensor out_BHTD, Tensor lse_BHT, bool areRounded = false)
    {
        var (q, k, v) = (AttentionHeads.Read(q_BHTD, nameof(q_BHTD)), AttentionHeads.Read(k_BGSD, nameof(k_BGSD)), AttentionHeads.Read(v_BGSD, nameof(v_BGSD)));
        var output = AttentionHeads.Write(out_BHTD, nameof(out_BHTD), q_BHTD.shape);
        RequireLse(lse_BHT, nameof(lse_BHT), q_BHTD);
        Call(new Operands(ShapeOf(q, k, v, scale, areRounded), VectorsOf(mask, q, k), q, k, v, output, lse_BHT));
        out_BHTD.BumpVersion();
        lse_BHT.BumpVersion();
    }

    /// <summary>
    /// The gradients of q, k and v. out and lse are those of the whole softmax: with one block of keys of a longer sequence
    /// they come merged from all blocks, and the blocks' gradients add up. lseGradient is lse's own gradient, if it has one.
    /// </summary>
    public static (Tensor Q, Tensor K, Tensor V) Backward(
        Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, Tensor out_BHTD, Tensor lse_BHT, Tensor outGradient_BHTD, AttentionMask mask, double? scale = null, Tensor? lseGradient_BHT = null, bool areRounded = false)
    {
        var (q, k, v) = (AttentionHeads.Read(q_BHTD, nameof(q_BHTD)), AttentionHeads.Read(k_BGSD, nameof(k_BGSD)), AttentionHeads.Read(v_BGSD, nameof(v_BGSD)));
        var shape = ShapeOf(q, k, v, scale, areRounded);
        var output = AttentionHeads.Read(out_BHTD, nameof(out_BHTD), q_BHTD.shape);
        var outputGradient = AttentionHeads.Read(outGradient_BHTD, nameof(outGradient_BHTD), q_BHTD.shape);
        RequireLse(lse_BHT, nameof(lse_BHT), q_BHTD);
        var lseGradient = lseGradient_BHT is null ? null : KernelArguments.Require(lseGradient_BHT, nameof(lseGradient_BHT), ScalarType.Float32, q_BHTD.shape[..3]);
        var (qGradient, kGradient, vGradient) = (EmptyLikeRows(q_BHTD), EmptyLikeRows(k_BGSD), EmptyLikeRows(v_BGSD));
        CallBackward(
            new Operands(shape, VectorsOf(mask, q, k), q, k, v, output, lse_BHT),
            outputGradient,
            lseGradient,
            (new AttentionHeads(qGradient), new AttentionHeads(kGradient), new AttentionHeads(vGradient)));
        return (qGradient, kGradient, vGradient);
    }

    /// <summary>
    /// The same from delta = rowsum(outGradient * out) instead of out, which a rank that computes for another need not hold.
    /// </summary>
    public static (Tensor Q, Tensor K, Tensor V) BackwardFromDelta(
        Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, Tensor lse_BHT, Tensor delta_BHT, Tensor outGradient_BHTD, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        var (q, k, v) = (AttentionHeads.Read(q_BHTD, nameof(q_BHTD)), AttentionHeads.Read(k_BGSD, nameof(k_BGSD)), AttentionHeads.Read(v_BGSD, nameof(v_BGSD)));
        var outputGradient = AttentionHeads.Read(outGradient_BHTD, nameof(outGradient_BHTD), q_BHTD.shape);
        RequireLse(lse_BHT, nameof(lse_BHT), q_BHTD);
        RequireLse(delta_BHT, nameof(delta_BHT), q_BHTD);
        var (qGradient, kGradient, vGradient) = (EmptyLikeRows(q_BHTD), EmptyLikeRows(k_BGSD), EmptyLikeRows(v_BGSD));
        CallBackward(
            new Operands(ShapeOf(q, k, v, scale, areRounded), VectorsOf(mask, q, k), q, k, v, Out: null, lse_BHT, delta_BHT),
            outputGradient,
            lseGradient: null,
            (new AttentionHeads(qGradient), new AttentionHeads(kGradient), new AttentionHeads(vGradient)));
        return (qGradient, kGradient, vGradient);
    }

    /// <summary>Merges a further block's result into out and lse, in place: the softmax over both blocks' keys.</summary>
    public static void Merge(Tensor out_BHTD, Tensor lse_BHT, Tensor blockOut_BHTD, Tensor blockLse_BHT)
    {
        var output = AttentionHeads.Write(out_BHTD, nameof(out_BHTD), out_BHTD.shape);
        var blockOutput = AttentionHeads.Read(blockOut_BHTD, nameof(blockOut_BHTD), out_BHTD.shape);
        RequireLse(lse_BHT, nameof(lse_BHT), out_BHTD);
        RequireLse(blockLse_BHT, nameof(blockLse_BHT), out_BHTD);
        var shape = ShapeOf(output, blockOutput, blockOutput, scale: 1);
        var (into, block) = (output.Native, blockOutput.Native);
        using var part = Profiler.Kernel("granary::attention_merge", operations: 0, 3.0 * KernelArguments.BytesOf(out_BHTD, lse_BHT));
        NativeStatus.Check(NativeMethods.gn_kernels_attention_merge(&shape, &into, KernelArguments.Floats(lse_BHT), &block, KernelArguments.Floats(blockLse_BHT)));
        out_BHTD.BumpVersion();
        lse_BHT.BumpVersion();
        GC.KeepAlive(blockOutput);
        GC.KeepAlive(blockLse_BHT);
    }

    private static AttentionMaskVectors VectorsOf(AttentionMask mask, AttentionHeads q, AttentionHeads k)
    {
        return new AttentionMaskVectors(mask, q.Batch, q.Length, k.Length);
    }

    internal static NativeAttentionShape ShapeOf(AttentionHeads q, AttentionHeads k, AttentionHeads v, double? scale, bool areRounded = false)
    {
        if (k.Batch != q.Batch || k.Dims != q.Dims || k.Count == 0 || q.Count % k.Count != 0 || v.Batch != k.Batch || v.Count != k.Count || v.Length != k.Length || v.Dims != k.Dims)
        {
            throw new ArgumentException($"q is {q}, k {k} and v {v}, but must be [B, H, T, D], [B, G, S, D] and [B, G, S, D] with H a multiple of G.");
        }

        return new NativeAttentionShape
        {
            Batch = q.Batch,
            QueryHeads = q.Count,
            KeyHeads = k.Count,
            QueryLength = q.Length,
            KeyLength = k.Length,
            HeadDim = q.Dims,
            Scale = (float)(scale ?? 1 / Math.Sqrt(q.Dims)),
            Threads = KernelArguments.Threads,
            Products = areRounded ? ProductKernels.Rounded : ProductKernels.Float32,
        };
    }

    private static void RequireLse(Tensor lse, string name, Tensor like)
    {
        KernelArguments.Require(lse, name, ScalarType.Float32, like.shape[..3]);
        KernelArguments.RequireWhole(lse, name);
    }

    // [B, H, T, D] that lies as [B, T, H, D], which is how a projection's input is wanted next.
    private static Tensor EmptyLikeRows(Tensor like)
    {
        var shape = like.shape;
        return EmptyStrided.Call(shape, new[] { shape[1] * shape[2] * shape[3], shape[3], shape[1] * shape[3], 1 }, ScalarType.Float32);
    }

    private static void Call(Operands operands)
    {
        var (shape, mask) = (operands.Shape, operands.Mask.Native);
        var (q, k, v, output) = (operands.Q.Native, operands.K.Native, operands.V.Native, operands.Out!.Native);
        using var part = operands.Profile("granary::attention_forward", products: 2);
        NativeStatus.Check(NativeMethods.gn_kernels_attention_forward(&shape, &mask, &q, &k, &v, &output, KernelArguments.Floats(operands.Lse)));
        GC.KeepAlive(operands);
    }

    private static void CallBackward(Operands operands, AttentionHeads outGradient, Tensor? lseGradient, (AttentionHeads Q, AttentionHeads K, AttentionHeads V) results)
    {
        var (shape, mask) = (operands.Shape, operands.Mask.Native);
        var (q, k, v, given) = (operands.Q.Native, operands.K.Native, operands.V.Native, outGradient.Native);
        var output = operands.Out?.Native ?? default;
        var (qGradient, kGradient, vGradient) = (results.Q.Native, results.K.Native, results.V.Native);
        using var part = operands.Profile("granary::attention_backward", products: 5);
        NativeStatus.Check(NativeMethods.gn_kernels_attention_backward(
            &shape,
            &mask,
            &q,
            &k,
            &v,
            operands.Out is null ? null : &output,
            KernelArguments.Floats(operands.Lse),
            KernelArguments.Floats(operands.Delta),
            &given,
            KernelArguments.Floats(lseGradient),
            &qGradient,
            &kGradient,
            &vGradient));
        GC.KeepAlive((operands, outGradient, lseGradient, results));
    }

    private sealed record Operands(
        NativeAttentionShape Shape, AttentionMaskVectors Mask, AttentionHeads Q, AttentionHeads K, AttentionHeads V, AttentionHeads? Out, Tensor Lse, Tensor? Delta = null)
    {
        // Products of queries and keys for each pair that the order lets see each other; segments may leave fewer.
        public ProfiledPart Profile(string name, int products)
        {
            var pairs = (double)Mask.VisiblePairs(Shape.QueryLength, Shape.KeyLength) * Shape.Batch * Shape.QueryHeads;
            var rows = (double)Shape.Batch * Shape.HeadDim * sizeof(float);
            return Profiler.Kernel(name, 2 * products * pairs * Shape.HeadDim, products * rows * ((Shape.QueryHeads * Shape.QueryLength) + (Shape.KeyHeads * Shape.KeyLength)));
        }
    }

    // Saves q, k, v, out, lse and the mask's vectors.
    private sealed class Separate(AttentionMask mask, double? scale, bool areRounded) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var outputs = AttentionRecall.Of(() => Computed(inputs), count: 2);
            var vectors = new AttentionMaskVectors(mask, inputs[0].size(0), inputs[0].size(2), inputs[1].size(2));
            save_for_backward([.. inputs, .. outputs, .. vectors.Present]);
            return outputs;
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (q, k, v) = (AttentionHeads.Read(saved_tensors[0], "q_BHTD"), AttentionHeads.Read(saved_tensors[1], "k_BGSD"), AttentionHeads.Read(saved_tensors[2], "v_BGSD"));
            var outputGradient = gradients[0] ?? torch.zeros_like(saved_tensors[3]);
            var (qGradient, kGradient, vGradient) = (EmptyLikeRows(saved_tensors[0]), EmptyLikeRows(saved_tensors[1]), EmptyLikeRows(saved_tensors[2]));
            CallBackward(
                new Operands(ShapeOf(q, k, v, scale, areRounded), AttentionMaskVectors.FromSaved(mask, saved_tensors.Skip(5)), q, k, v, new AttentionHeads(saved_tensors[3]), saved_tensors[4]),
                AttentionHeads.Read(outputGradient, "gradient"),
                KernelArguments.WholeOrNull(gradients[1], "gradient"),
                (new AttentionHeads(qGradient), new AttentionHeads(kGradient), new AttentionHeads(vGradient)));
            return [qGradient, kGradient, vGradient];
        }

        private Tensor[] Computed(Tensor[] inputs)
        {
            var (output, lse) = Forward(inputs[0], inputs[1], inputs[2], mask, scale, areRounded);
            return [output, lse];
        }
    }

    // Saves the projection, out, lse, the tables where it is rotated, and the mask's vectors.
    private sealed class Packed(int heads, int keyHeads, AttentionMask mask, double? scale, bool areRounded, Tensor[]? tables) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var packed = KernelArguments.InRows(inputs[0], "packed_BTP");
            if (packed.ndim != 3 || packed.size(2) % (heads + (2 * keyHeads)) != 0)
            {
                throw new ArgumentException($"'packed_BTP' is {inputs[0]}, but must be [B, T, (H + 2G) D] with H = {heads} and G = {keyHeads}.", nameof(inputs));
            }

            if (tables is not null)
            {
                FusedRotary.Rotate(packed, heads, keyHeads, tables[0], tables[1], ids: null, isInverse: false);
                mark_dirty(inputs[0]);
            }

            var (q, k, v) = Parts(packed);
            var vectors = VectorsOf(mask, q, k);
            var outputs = AttentionRecall.Of(() => Computed(q, k, v, vectors), count: 2);
            save_for_backward([packed, .. outputs, .. tables ?? [], .. vectors.Present]);
            return [outputs[0]];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var (packed, output, lse) = (saved_tensors[0], saved_tensors[1], saved_tensors[2]);
            var (q, k, v) = Parts(packed);
            var outputGradient = KernelArguments.InRows(gradients[0]!, "gradient");
            var gradient = torch.empty(packed.shape);
            CallBackward(
                new Operands(ShapeOf(q, k, v, scale, areRounded), AttentionMaskVectors.FromSaved(mask, saved_tensors.Skip(tables is null ? 3 : 5)), q, k, v, new AttentionHeads(output, 0, heads, q.Dims), lse),
                new AttentionHeads(outputGradient, 0, heads, q.Dims),
                lseGradient: null,
                Parts(gradient));
            if (tables is not null)
            {
                FusedRotary.Rotate(gradient, heads, keyHeads, saved_tensors[3], saved_tensors[4], ids: null, isInverse: true);
            }

            return [gradient];
        }

        // out and lse.
        private Tensor[] Computed(AttentionHeads q, AttentionHeads k, AttentionHeads v, AttentionMaskVectors vectors)
        {
            var output = torch.empty([q.Batch, q.Length, heads * q.Dims]);
            var lse = torch.empty([q.Batch, heads, q.Length]);
            Call(new Operands(ShapeOf(q, k, v, scale, areRounded), vectors, q, k, v, new AttentionHeads(output, 0, heads, q.Dims), lse));
            return [output, lse];
        }

        private (AttentionHeads Q, AttentionHeads K, AttentionHeads V) Parts(Tensor packed)
        {
            var dims = packed.size(2) / (heads + (2 * keyHeads));
            return (new AttentionHeads(packed, 0, heads, dims), new AttentionHeads(packed, heads, keyHeads, dims), new AttentionHeads(packed, heads + keyHeads, keyHeads, dims));
        }
    }
}
