using Granary.Models.Attention;
using Granary.Models.Layers;
using Granary.Torch;

namespace Granary.Gpu.Tests;

/// <summary>What a model computes between attentions, each against the composition of operators.</summary>
[TestFixture(ScalarType.Float32)]
[TestFixture(ScalarType.BFloat16)]
public sealed class KernelTests(ScalarType type) : GpuFixture
{
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

    [TestCase(1, 64)]
    [TestCase(300, 96, Description = "ragged")]
    [TestCase(2_049, 1_000)]
    [TestCase(64, 2_048)]
    public void Norms_of_rows(int rows, int width)
    {
        Verify(
            (kernels, inputs) => kernels.RmsNorm(inputs[0], inputs[1], 1e-5),
            KernelInput.Activation(rows, width),
            KernelInput.Scale(width));
        Verify(
            (kernels, inputs) => kernels.LayerNorm(inputs[0], inputs[1], inputs[2], 1e-5),
            KernelInput.Activation(rows, width),
            KernelInput.Scale(width),
            KernelInput.Parameter(width));
    }

    [TestCase(300, 96)]
    [TestCase(65, 2_048)]
    public void Norms_of_sums_of_rows(int rows, int width)
    {
        VerifyPair(
            (kernels, inputs) => kernels.AddRmsNorm(inputs[0], inputs[1], inputs[2], 1e-5),
            KernelInput.Activation(rows, width),
            KernelInput.Activation(1, rows, width).Reshaped(rows, width),
            KernelInput.Scale(width));
        VerifyPair(
            (kernels, inputs) => kernels.AddLayerNorm(inputs[0], inputs[1], inputs[2], inputs[3], 1e-5),
            KernelInput.Activation(rows, width),
            KernelInput.Activation(1, rows, width).Reshaped(rows, width),
            KernelInput.Scale(width),
            KernelInput.Parameter(width));
    }

    [TestCase(1, 64, 32)]
    [TestCase(300, 96, 136)]
    [TestCase(1_024, 512, 256)]
    public void Products_with_a_matrix(int rows, int inner, int outer)
    {
        Verify((kernels, inputs) => kernels.Linear(inputs[0], inputs[1], null), KernelInput.Activation(rows, inner), KernelInput.Parameter(outer, inner));
        Verify(
            (kernels, inputs) => kernels.Linear(inputs[0], inputs[1], inputs[2]),
            KernelInput.Activation(rows, inner),
            KernelInput.Parameter(outer, inner),
            KernelInput.Parameter(outer));
    }

    [Test]
    public void A_matrix_that_is_used_twice_gets_both_gradients()
    {
        Verify(
            (kernels, inputs) => kernels.Linear(kernels.Linear(inputs[0], inputs[1], inputs[2]), inputs[1], inputs[2]),
            KernelInput.Activation(130, 64),
            KernelInput.Parameter(64, 64),
            KernelInput.Parameter(64));
    }

    [TestCase(1, 5)]
    [TestCase(1_000, 101, Description = "ids many times")]
    public void Rows_of_a_table(int count, int rows)
    {
        Verify((kernels, inputs) => kernels.Embed(inputs[0], inputs[1]), KernelInput.Parameter(rows, 72), KernelInput.Ids(count, rows));
    }

    [TestCase(4, 4, 64)]
    [TestCase(6, 2, 32)]
    [TestCase(4, 1, 80)]
    [TestCase(2, 2, 128)]
    public void Rotation_of_queries_and_keys(int heads, int keyHeads, int dims)
    {
        const int length = 33;
        var shape = new AttentionShape(heads, keyHeads, dims);
        Verify(
            (kernels, inputs) => kernels.Rotate(inputs[0], shape, inputs[1], inputs[2]),
            KernelInput.Activation(2, length, shape.PackedWidth),
            KernelInput.Given(Angles(length, dims).cos()),
            KernelInput.Given(Angles(length, dims).sin()));
    }

    [TestCase(1, 8)]
    [TestCase(257, 344)]
    [TestCase(64, 5_632)]
    public void Activations_of_rows(int rows, int width)
    {
        Verify((kernels, inputs) => kernels.SwiGlu(inputs[0]), KernelInput.Activation(rows, 2 * width));
        Verify((kernels, inputs) => kernels.Gelu(inputs[0], isTanh: true), KernelInput.Activation(rows, width));
        Verify((kernels, inputs) => kernels.Gelu(inputs[0], isTanh: false), KernelInput.Activation(rows, width));
    }

    [TestCase(1, 7)]
    [TestCase(300, 1_001)]
    [TestCase(64, 50_304)]
    public void Losses_of_logits(int rows, int classes)
    {
        var targets = Targets(rows, classes);
        Verify((kernels, inputs) => kernels.CrossEntropySum(inputs[0], inputs[1], null), KernelInput.Activation(rows, classes), targets);
        Verify(
            (kernels, inputs) => kernels.CrossEntropySum(inputs[0], inputs[1], inputs[2]),
            KernelInput.Activation(rows, classes),
            targets,
            KernelInput.Given(KernelInput.Activation(rows).Values.abs()));
    }

    [TestCase(1, 16, 7)]
    [TestCase(300, 64, 1_001)]
    [TestCase(96, 256, 50_304)]
    public void Losses_of_rows_and_an_unembedding(int rows, int width, int classes)
    {
        var targets = Targets(rows, classes);
        Verify((kernels, inputs) => kernels.HeadLossSum(inputs[0], inputs[1], inputs[2], null), KernelInput.Activation(rows, width), KernelInput.Parameter(classes, width), targets);
        Verify(
            (kernels, inputs) => kernels.HeadLossSum(inputs[0], inputs[1], inputs[2], inputs[3]).mul(0.25),
            KernelInput.Activation(rows, width),
            KernelInput.Parameter(classes, width),
            targets,
            KernelInput.Given(KernelInput.Activation(rows).Values.abs()));
    }

    [Test]
    public void A_table_that_is_also_the_unembedding_gets_both_gradients()
    {
        Verify(
            (kernels, inputs) => kernels.HeadLossSum(kernels.Embed(inputs[0], inputs[1]), inputs[0], inputs[2], null),
            KernelInput.Parameter(101, 64),
            KernelInput.Ids(200, 101),
            Targets(200, 101));
    }

    [Test]
    public void Parameters_are_read_in_the_type_of_the_computation()
    {
        Verify((kernels, inputs) => kernels.Values(inputs[0]) * inputs[1], KernelInput.Parameter(33, 7), KernelInput.Activation(33, 7));
    }

    [Test]
    public void A_loss_over_rows_that_are_all_ignored_is_zero_without_gradient()
    {
        var logits = KernelInput.Activation(5, 100).For(TestDevice.Current, type, ScalarType.Float32, type);

        var loss = _kernels.CrossEntropySum(logits.clone(), torch.full([5], -100, ScalarType.Int64), null);
        loss.backward();

        Assert.That(loss.item(), Is.Zero);
        Assert.That(logits.grad!.abs().max().item(), Is.Zero);
    }

    private static KernelInput Targets(int rows, int classes)
    {
        var ids = KernelInput.Ids(rows, classes).Values;
        return KernelInput.Given(TestDevice.OnCpu(() => torch.tensor([.. ids.to_array<long>().Select((id, row) => row % 5 == 3 ? -100 : id)])));
    }

    private static Tensor Angles(int length, int dims)
    {
        return TestDevice.OnCpu(() => torch.outer(torch.arange(length, ScalarType.Float32), torch.arange(dims / 2, ScalarType.Float32).mul(-0.2).exp()));
    }

    private void VerifyPair(Func<ILayerKernels, Tensor[], (Tensor Sum, Tensor Normed)> work, params KernelInput[] inputs)
    {
        KernelComparison.Verify(type, given => Both(work(_kernels, given)), given => Both(work(_composed, given)), inputs);

        static Tensor[] Both((Tensor Sum, Tensor Normed) pair) => [pair.Sum, pair.Normed];
    }

    private void Verify(Func<ILayerKernels, Tensor[], Tensor> work, params KernelInput[] inputs)
    {
        KernelComparison.Verify(type, given => [work(_kernels, given)], given => [work(_composed, given)], inputs);
    }
}
