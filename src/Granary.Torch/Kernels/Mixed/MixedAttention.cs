using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// Attention on a GPU, float32 or bfloat16: through libtorch's operators where one of them knows the mask, else through a kernel
/// that knows every law. Shape letters as in <see cref="FusedAttention"/>. lse is the natural logarithm of the sum of the
/// exponentials of the scaled scores, float32 [B, H, T], -inf for a query that sees nothing, whose output is 0.
/// </summary>
public static unsafe class MixedAttention
{
    /// <summary>Whether it serves a tensor here; elsewhere compositions of operators do.</summary>
    public static bool Serves(Tensor tensor, int headDim) => CudaCalls.Serve(tensor) && headDim <= 256;

    /// <summary>
    /// Attention of a projection [B, T, (H + 2G) D], laid out queries, keys, values, onto itself: [B, T, H D]. With tables [T, D/2]
    /// queries and keys are rotated first, in the projection's own memory.
    /// </summary>
    public static Tensor AttendPacked(Tensor packed_BTP, int heads, int keyHeads, Tensor? cos_TR, Tensor? sin_TR, AttentionMask mask)
    {
        return new Packed(heads, keyHeads, cos_TR, sin_TR, mask).apply(packed_BTP)[0];
    }

    /// <summary>Queries and keys of a projection rotated by tables [T, D/2], in its own memory; values as they are.</summary>
    public static Tensor RotatePacked(Tensor packed_BTP, int rotatedHeads, int headDim, Tensor cos_TR, Tensor sin_TR)
    {
        return new Rotation(rotatedHeads, headDim, cos_TR, sin_TR).apply(packed_BTP)[0];
    }

    /// <summary>out [B, H, T, D], which lies as [B, T, H, D], of queries, keys and values each on its own.</summary>
    public static Tensor Attend(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionMask mask)
    {
        return new Separate(mask).apply(q_BHTD, k_BGSD, v_BGSD)[0];
    }

    /// <summary>The same without history, with lse.</summary>
    public static (Tensor Out, Tensor Lse) Forward(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionMask mask)
    {
        var result = AttentionRoute.Of(q_BHTD, k_BGSD, mask).Forward(CudaCalls.InRows(q_BHTD), CudaCalls.InRows(k_BGSD), CudaCalls.InRows(v_BGSD));
        return (result.Out, result.Lse);
    }

    // By rows: a projection's rows lie behind each other.
    private static void Rotate(Tensor packed_BTP, int heads, int headDim, Tensor cos_TR, Tensor sin_TR, bool isInverse)
    {
        var (length, width) = (packed_BTP.size(1), packed_BTP.size(2));
        var (cos, sin) = (cos_TR.contiguous(), sin_TR.contiguous());
        NativeStatus.Check(NativeMethods.gn_cuda_rotary(
            CudaCalls.TypeOf(packed_BTP),
            CudaCalls.Address(packed_BTP),
            packed_BTP.size(0) * length,
            length,
            heads,
            headDim,
            width,
            CudaCalls.Floats(cos),
            CudaCalls.Floats(sin),
            isInverse ? 1 : 0));
        GC.KeepAlive((packed_BTP, cos, sin));
    }

    private sealed class Rotation(int heads, int headDim, Tensor cos, Tensor sin) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs)
        {
            var turned_BTP = inputs[0].contiguous().detach();
            Rotate(turned_BTP, heads, headDim, cos, sin, isInverse: false);
            save_for_backward(cos, sin);
            return [turned_BTP];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var gradient_BTP = may_overwrite(gradients[0]!) ? gradients[0]! : gradients[0]!.contiguous().clone();
            Rotate(gradient_BTP, heads, headDim, saved_tensors[0], saved_tensors[1], isInverse: true);
            return [gradient_BTP];
        }
    }

    // Saves the projection as it was attended to, the tables, and what the route saves.
    private sealed class Packed(int heads, int keyHeads, Tensor? cos, Tensor? sin, AttentionMask mask) : AutogradFunction
    {
        private AttentionRoute? _route;

        protected override Tensor[] forward(Tensor[] inputs)
        {
            var packed_BTP = inputs[0].contiguous();
            var dims = (int)(packed_BTP.size(2) / (heads + (2 * keyHeads)));
            if (cos is not null)
            {
                Rotate(packed_BTP, heads + keyHeads, dims, cos, sin!, isInverse: false);
            }

            var (q_BHTD, k_BGTD, v_BGTD) = Parts(packed_BTP, dims);
            _route = AttentionRoute.Of(q_BHTD, k_BGTD, mask);
            var result = _route.Forward(q_BHTD, k_BGTD, v_BGTD);
            save_for_backward([packed_BTP, .. cos is null ? Array.Empty<Tensor>() : [cos, sin!], result.Out, result.Lse, .. result.Others]);
            return [result.Out.transpose(1, 2).reshape(packed_BTP.size(0), packed_BTP.size(1), (long)heads * dims)];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var packed_BTP = saved_tensors[0];
            var tables = cos is null ? 0 : 2;
            var (batch, length, dims) = (packed_BTP.size(0), packed_BTP.size(1), (int)(packed_BTP.size(2) / (heads + (2 * keyHeads))));
            var (q_BHTD, k_BGTD, v_BGTD) = Parts(packed_BTP, dims);
            var result = new AttentionResult(saved_tensors[1 + tables], saved_tensors[2 + tables], [.. saved_tensors.Skip(3 + tables)]);
            var given_BHTD = gradients[0]!.contiguous().view(batch, length, heads, dims).transpose(1, 2);
            var (ofQ, ofK, ofV) = _route!.Backward(given_BHTD, q_BHTD, k_BGTD, v_BGTD, result);
            return [Pack(CudaCalls.InRows(ofQ), CudaCalls.InRows(ofK), CudaCalls.InRows(ofV), packed_BTP, tables == 0 ? null : (saved_tensors[1], saved_tensors[2]))];
        }

        private Tensor Pack(Tensor ofQ, Tensor ofK, Tensor ofV, Tensor like_BTP, (Tensor Cos, Tensor Sin)? tables)
        {
            var gradient_BTP = torch.empty_like(like_BTP);
            var (q, k, v) = (CudaCalls.HeadsOf(ofQ), CudaCalls.HeadsOf(ofK), CudaCalls.HeadsOf(ofV));
            var (cosines, sines) = (tables?.Cos.contiguous(), tables?.Sin.contiguous());
            NativeStatus.Check(NativeMethods.gn_cuda_pack_heads(
                CudaCalls.TypeOf(ofQ),
                &q,
                &k,
                &v,
                CudaCalls.Address(gradient_BTP),
                like_BTP.size(0),
                like_BTP.size(1),
                heads,
                keyHeads,
                ofQ.size(3),
                CudaCalls.Floats(cosines),
                CudaCalls.Floats(sines)));
            GC.KeepAlive((ofQ, ofK, ofV, cosines, sines));
            return gradient_BTP;
        }

        private (Tensor Q, Tensor K, Tensor V) Parts(Tensor packed_BTP, int dims)
        {
            var heads_BTHD = packed_BTP.view(packed_BTP.size(0), packed_BTP.size(1), heads + (2 * keyHeads), dims);
            return (
                heads_BTHD.narrow(2, 0, heads).transpose(1, 2),
                heads_BTHD.narrow(2, heads, keyHeads).transpose(1, 2),
                heads_BTHD.narrow(2, heads + keyHeads, keyHeads).transpose(1, 2));
        }
    }

    // Saves q, k, v and what the route saves.
    private sealed class Separate(AttentionMask mask) : AutogradFunction
    {
        private AttentionRoute? _route;

        protected override Tensor[] forward(Tensor[] inputs)
        {
            var (q, k, v) = (CudaCalls.InRows(inputs[0]), CudaCalls.InRows(inputs[1]), CudaCalls.InRows(inputs[2]));
            _route = AttentionRoute.Of(q, k, mask);
            var result = _route.Forward(q, k, v);
            save_for_backward([q, k, v, result.Out, result.Lse, .. result.Others]);
            return [result.Out];
        }

        protected override Tensor?[] backward(Tensor?[] gradients)
        {
            var result = new AttentionResult(saved_tensors[3], saved_tensors[4], [.. saved_tensors.Skip(5)]);
            var (ofQ, ofK, ofV) = _route!.Backward(CudaCalls.InRows(gradients[0]!), saved_tensors[0], saved_tensors[1], saved_tensors[2], result);
            return [ofQ, ofK, ofV];
        }
    }
}
