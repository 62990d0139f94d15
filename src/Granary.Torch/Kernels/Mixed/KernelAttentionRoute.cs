using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>Our own kernel, for every law, length and type. Saves the mask's vectors.</summary>
internal sealed unsafe class KernelAttentionRoute(AttentionMask mask) : AttentionRoute
{
    private static readonly Operator EmptyStrided = Operator.Find("aten::empty_strided");

    internal override AttentionResult Forward(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD)
    {
        var vectors = new AttentionMaskVectors(mask, q_BHTD.size(0), q_BHTD.size(2), k_BGSD.size(2), q_BHTD.device.Type);
        var out_BHTD = EmptyLikeRows(q_BHTD);
        var lse_BHT = torch.empty(q_BHTD.shape[..3], device: q_BHTD.device);
        var (shape, law) = (ShapeOf(q_BHTD, k_BGSD), vectors.Native);
        var (q, k, v, output) = (CudaCalls.HeadsOf(q_BHTD), CudaCalls.HeadsOf(k_BGSD), CudaCalls.HeadsOf(v_BGSD), CudaCalls.HeadsOf(out_BHTD));
        NativeStatus.Check(NativeMethods.gn_cuda_attention_forward(CudaCalls.TypeOf(q_BHTD), &shape, &law, &q, &k, &v, &output, CudaCalls.Floats(lse_BHT)));
        GC.KeepAlive((vectors, q_BHTD, k_BGSD, v_BGSD));
        return new AttentionResult(out_BHTD, lse_BHT, [.. vectors.Present]);
    }

    internal override (Tensor Q, Tensor K, Tensor V) Backward(Tensor gradient_BHTD, Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionResult result)
    {
        var vectors = AttentionMaskVectors.FromSaved(mask, result.Others);
        var given_BHTD = CudaCalls.InRows(gradient_BHTD);
        var (ofQ, ofK, ofV) = (EmptyLikeRows(q_BHTD), EmptyLikeRows(k_BGSD), EmptyLikeRows(v_BGSD));
        var delta_BHT = torch.empty_like(result.Lse);
        var (shape, law) = (ShapeOf(q_BHTD, k_BGSD), vectors.Native);
        var (q, k, v, output) = (CudaCalls.HeadsOf(q_BHTD), CudaCalls.HeadsOf(k_BGSD), CudaCalls.HeadsOf(v_BGSD), CudaCalls.HeadsOf(result.Out));
        var (given, dq, dk, dv) = (CudaCalls.HeadsOf(given_BHTD), CudaCalls.HeadsOf(ofQ), CudaCalls.HeadsOf(ofK), CudaCalls.HeadsOf(ofV));
        NativeStatus.Check(NativeMethods.gn_cuda_attention_backward(
            CudaCalls.TypeOf(q_BHTD), &shape, &law, &q, &k, &v, &output, CudaCalls.Floats(result.Lse), &given, null, &dq, &dk, &dv, CudaCalls.Floats(delta_BHT)));
        GC.KeepAlive((vectors, given_BHTD, q_BHTD, k_BGSD, v_BGSD, result, delta_BHT));
        return (ofQ, ofK, ofV);
    }

    private static NativeAttentionShape ShapeOf(Tensor q_BHTD, Tensor k_BGSD)
    {
        return new NativeAttentionShape
        {
            Batch = q_BHTD.size(0),
            QueryHeads = q_BHTD.size(1),
            KeyHeads = k_BGSD.size(1),
            QueryLength = q_BHTD.size(2),
            KeyLength = k_BGSD.size(2),
            HeadDim = q_BHTD.size(3),
            Scale = (float)(1 / Math.Sqrt(q_BHTD.size(3))),
        };
    }

    // [B, H, T, D] that lies as [B, T, H, D], which is how a projection's input is wanted next.
    private static Tensor EmptyLikeRows(Tensor like)
    {
        var shape = like.shape;
        return EmptyStrided.Call(shape, new[] { shape[1] * shape[2] * shape[3], shape[3], shape[1] * shape[3], 1 }, like.dtype, null as long?, like.device);
    }
}
