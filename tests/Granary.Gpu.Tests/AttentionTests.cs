using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Gpu.Tests;

/// <summary>Attention under every law, width of heads and sharing of keys, against softmax of all scores.</summary>
[TestFixture(ScalarType.Float32)]
[TestFixture(ScalarType.BFloat16)]
public sealed class AttentionTests(ScalarType type) : GpuFixture
{
    private const int Batch = 2;

    // No multiple of any block, so that the last one is ragged.
    private const int Length = 130;

    private static readonly (int Dims, int Heads, int KeyHeads)[] Heads = [(32, 4, 4), (64, 4, 4), (64, 4, 2), (80, 4, 2), (128, 4, 4), (128, 3, 1)];

    private readonly MixedKernels _kernels = new(type);
    private readonly ComposedKernels _composed = new();

    // libtorch's operators of the CPU are not made for bfloat16: some are missing, and some fail in large products.
    [OneTimeSetUp]
    public void RequireType()
    {
        if (type == ScalarType.BFloat16)
        {
            RequireGpu();
        }
    }

    private static IEnumerable<TestCaseData> Cases =>
        from law in MaskLaws.Names
        from heads in Heads
        select new TestCaseData(law, heads.Dims, heads.Heads, heads.KeyHeads).SetArgDisplayNames(law, $"{heads.Heads} heads on {heads.KeyHeads}", $"{heads.Dims} dims");

    [TestCaseSource(nameof(Cases))]
    public void A_projection_attends_to_itself(string law, int dims, int heads, int keyHeads)
    {
        var shape = new AttentionShape(heads, keyHeads, dims);

        Verify((kernels, inputs) => kernels.Attend(inputs[0], shape, MaskLaws.Of(law, Batch, Length, Length)), KernelInput.Activation(Batch, Length, shape.PackedWidth));
    }

    [TestCaseSource(nameof(Cases))]
    public void Queries_attend_to_another_sequence(string law, int dims, int heads, int keyHeads)
    {
        const int keys = 77;

        Verify(
            (kernels, inputs) => kernels.AttendAcross(inputs[0], inputs[1], inputs[2], MaskLaws.Of(law, Batch, Length, keys)),
            KernelInput.Activation(Batch, Length, heads, dims),
            KernelInput.Activation(Batch, keys, keyHeads, dims),
            KernelInput.Activation(Batch, keys + 1, keyHeads, dims).First(keys));
    }

    [TestCaseSource(nameof(Cases))]
    public void A_projection_attends_to_itself_by_rotated_queries_and_keys(string law, int dims, int heads, int keyHeads)
    {
        var shape = new AttentionShape(heads, keyHeads, dims);
        var angles = TestDevice.OnCpu(() => torch.outer(torch.arange(Length, ScalarType.Float32), torch.arange(dims / 2, ScalarType.Float32).mul(-0.2).exp()));

        Verify(
            (kernels, inputs) => kernels.AttendRotated(inputs[0], shape, inputs[1], inputs[2], MaskLaws.Of(law, Batch, Length, Length)),
            KernelInput.Activation(Batch, Length, shape.PackedWidth),
            KernelInput.Given(angles.cos()),
            KernelInput.Given(angles.sin()));
    }

    [TestCase(1, 40, 4, 2, 64, Description = "one token behind a cache")]
    [TestCase(7, 40, 4, 4, 32, Description = "some tokens")]
    [TestCase(70, 40, 4, 1, 80, Description = "a prompt behind a cache")]
    [TestCase(64, 0, 2, 2, 128, Description = "a prompt")]
    public void The_last_tokens_attend_to_a_cache(int tokens, int cached, int heads, int keyHeads, int dims)
    {
        using var recording = torch.no_grad();

        Verify(
            (kernels, inputs) => kernels.AttendCached(inputs[0], inputs[1], inputs[2], null),
            KernelInput.Activation(Batch, tokens, heads, dims),
            KernelInput.Activation(Batch, cached + tokens, keyHeads, dims),
            KernelInput.Activation(Batch, cached + tokens + 1, keyHeads, dims).First(cached + tokens));
    }

    [Test]
    public void A_tree_of_tokens_attends_to_a_cache_and_its_ancestors()
    {
        using var recording = torch.no_grad();
        var tree = new TokenTree([-1, 0, 0, 1, -1, 4]);

        Verify(
            (kernels, inputs) => kernels.AttendCached(inputs[0], inputs[1], inputs[2], tree),
            KernelInput.Activation(1, tree.Count, 4, 64),
            KernelInput.Activation(1, 20 + tree.Count, 2, 64),
            KernelInput.Activation(1, 21 + tree.Count, 2, 64).First(20 + tree.Count));
    }

    [TestCaseSource(nameof(Cases))]
    public void The_lse_is_that_of_the_scores_that_are_seen(string law, int dims, int heads, int keyHeads)
    {
        RequireGpu();
        using var recording = torch.no_grad();
        var inputs = new[] { heads, keyHeads, keyHeads }.Select(count => KernelInput.Activation(Batch, count, Length, dims)).ToArray();

        KernelComparison.Verify(
            ScalarType.Float32, // lse is float32 whatever the queries are
            given =>
            {
                var (_, lse_BHT) = MixedAttention.Forward(given[0].to(type), given[1].to(type), given[2].to(type), MaskLaws.Of(law, Batch, Length, Length));
                return [lse_BHT.reshape(Batch, heads, Length)];
            },
            given => [Lse(Rounded(given[0]), Rounded(given[1]), MaskLaws.Of(law, Batch, Length, Length))],
            inputs);
    }

    [Test]
    public void Sixteen_thousand_tokens_attend_as_a_few_rows_say()
    {
        RequireGpu();
        const int length = 16_384;
        const int rows = 64;
        var shape = new AttentionShape(2, 2, 64);
        var packed = KernelInput.Activation(1, length, shape.PackedWidth);

        // Only the last rows have a gradient, so that theirs is the whole one and few scores need be written out.
        Verify(
            (kernels, inputs) => kernels is MixedKernels
                ? kernels.Attend(inputs[0], shape, AttentionMask.Causal()).narrow(1, length - rows, rows)
                : LastRows(inputs[0], shape, rows),
            packed);
    }

    private static Tensor LastRows(Tensor packed_BTP, AttentionShape shape, int rows)
    {
        var length = packed_BTP.size(1);
        var heads_BTHD = packed_BTP.view(1, length, shape.Heads + (2 * shape.KeyHeads), shape.HeadDim);
        var q_BTHD = heads_BTHD.narrow(2, 0, shape.Heads).narrow(1, length - rows, rows);
        var k_BTGD = heads_BTHD.narrow(2, shape.Heads, shape.KeyHeads);
        var v_BTGD = heads_BTHD.narrow(2, shape.Heads + shape.KeyHeads, shape.KeyHeads);
        return new ComposedKernels().AttendAcross(q_BTHD, k_BTGD, v_BTGD, AttentionMask.Causal(length - rows));
    }

    private static Tensor Lse(Tensor q_BHTD, Tensor k_BGSD, AttentionMask mask)
    {
        var group = q_BHTD.size(1) / k_BGSD.size(1);
        var k_BHSD = group == 1 ? k_BGSD : k_BGSD.repeat_interleave(group, dim: 1);
        var scores_BHTS = q_BHTD.matmul(k_BHSD.transpose(2, 3)).mul(1 / Math.Sqrt(q_BHTD.size(3)));
        return scores_BHTS.masked_fill(mask.ToDense(q_BHTD.size(2), k_BGSD.size(2)).logical_not(), double.NegativeInfinity).logsumexp([-1]);
    }

    private Tensor Rounded(Tensor exact) => exact.to(type).to(exact.dtype);

    private void Verify(Func<ILayerKernels, Tensor[], Tensor> work, params KernelInput[] inputs)
    {
        KernelComparison.Verify(type, given => [work(_kernels, given)], given => [work(_composed, given)], inputs);
    }
}
