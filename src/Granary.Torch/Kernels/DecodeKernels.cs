using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// What reading a text a few tokens at a time needs, without gradients; float32 on the CPU. A row's results have the same
/// bits whatever the number of rows and whatever the other rows hold.
/// </summary>
public static unsafe class DecodeKernels
{
    /// <summary>The number of rows up to which these kernels are meant: with more, general products are faster.</summary>
    public const int MostRows = 64;

    /// <summary>x W^T + b: [N, I] and [O, I] to [N, O]. The weight is read once.</summary>
    public static Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        KernelArguments.RequireWhole(weight_OI, nameof(weight_OI));
        var (rows, inputs, outputs) = (x_NI.size(0), weight_OI.size(1), weight_OI.size(0));
        var x = KernelArguments.Require(x_NI, nameof(x_NI), ScalarType.Float32, rows, inputs);
        var bias = bias_O is null ? null : KernelArguments.Require(bias_O, nameof(bias_O), ScalarType.Float32, outputs);
        var y_NO = torch.empty([rows, outputs]);
        using var part = Profiler.Kernel("granary::decode_linear", 2.0 * rows * inputs * outputs, KernelArguments.BytesOf(x, weight_OI, y_NO));
        NativeStatus.Check(NativeMethods.gn_kernels_decode_linear(
            KernelArguments.Floats(x), inputs, KernelArguments.Floats(weight_OI), KernelArguments.Floats(bias), KernelArguments.Floats(y_NO), outputs, rows, inputs, outputs, KernelArguments.Threads));
        GC.KeepAlive(x);
        GC.KeepAlive(weight_OI);
        GC.KeepAlive(bias);
        return y_NO;
    }

    /// <summary>
    /// Attention of the last T of S tokens: [B, H, T, D] to keys and values [B, G, S, D], into out [B, H, T, D]. Each token
    /// follows its parent, an earlier one of the T, or -1 for the last token before them; without parents each follows the
    /// one before it. It sees the S - T tokens, its ancestors and itself.
    /// </summary>
    public static void AttendInto(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, ReadOnlySpan<int> parents, Tensor out_BHTD)
    {
        var (q, k, v) = (AttentionHeads.Read(q_BHTD, nameof(q_BHTD)), AttentionHeads.Read(k_BGSD, nameof(k_BGSD)), AttentionHeads.Read(v_BGSD, nameof(v_BGSD)));
        var output = AttentionHeads.Write(out_BHTD, nameof(out_BHTD), q_BHTD.shape);
        if (parents.Length > 0 && parents.Length != q.Length)
        {
            throw new ArgumentException($"There are '{parents.Length}' parents but must be one for each of the {q.Length} queries, or none.", nameof(parents));
        }

        var shape = FusedAttention.ShapeOf(q, k, v, scale: null);
        var (queries, keys, values, result) = (q.Native, k.Native, v.Native, output.Native);
        fixed (int* tree = parents)
        {
            using var part = Profiler.Kernel("granary::decode_attention", 4.0 * q.Batch * q.Count * q.Length * k.Length * q.Dims, 2.0 * sizeof(float) * k.Batch * k.Count * k.Length * k.Dims);
            NativeStatus.Check(NativeMethods.gn_kernels_decode_attention(&shape, tree, &queries, &keys, &values, &result));
        }

        out_BHTD.BumpVersion();
        GC.KeepAlive((q, k, v, output));
    }

    /// <summary>Reads tensors from beginning to end as fast as memory gives them: what any use of them costs at least.</summary>
    public static uint Read(IReadOnlyList<Tensor> tensors)
    {
        var spans = new NativeSpan[tensors.Count];
        for (var index = 0; index < spans.Length; index++)
        {
            KernelArguments.RequireWhole(tensors[index], nameof(tensors));
            spans[index] = new NativeSpan { Data = KernelArguments.Floats(tensors[index]), Count = tensors[index].numel() };
        }

        uint digest;
        fixed (NativeSpan* first = spans)
        {
            NativeStatus.Check(NativeMethods.gn_kernels_decode_read(first, spans.Length, &digest, KernelArguments.Threads));
        }

        GC.KeepAlive(tensors);
        return digest;
    }
}
