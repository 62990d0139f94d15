using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>FusedLayerNorm and FusedRmsNorm against compositions of operators.</summary>
public sealed class FusedNormTests : TensorFixture
{
    private const double Epsilon = 1e-5;

    [TestCase(new long[] { 7, 64 })]
    [TestCase(new long[] { 2, 3, 5 })]
    [TestCase(new long[] { 1, 1_000 })]
    public void Layer_norm_is_the_operator(long[] shape)
    {
        KernelComparison.Verify(
            inputs => [FusedLayerNorm.Normalize(inputs[0], inputs[1], inputs[2], Epsilon)],
            inputs => [torch.nn.functional.layer_norm(inputs[0], inputs[1], inputs[2], Epsilon)],
            KernelComparison.Random(shape),
            KernelComparison.Random(shape[^1]),
            KernelComparison.Random(1, shape[^1]).view(-1));
    }

    [Test]
    public void Layer_norm_needs_neither_weight_nor_bias()
    {
        KernelComparison.Verify(
            inputs => [FusedLayerNorm.Normalize(inputs[0], null, null, Epsilon), FusedLayerNorm.Normalize(inputs[0], null, inputs[1], Epsilon), FusedLayerNorm.Normalize(inputs[0], inputs[1], null, Epsilon)],
            inputs => [torch.nn.functional.layer_norm(inputs[0], null, null, Epsilon), torch.nn.functional.layer_norm(inputs[0], null, inputs[1], Epsilon), torch.nn.functional.layer_norm(inputs[0], inputs[1], null, Epsilon)],
            KernelComparison.Random(4, 12),
            KernelComparison.Random(12));
    }

    [TestCase(new long[] { 7, 64 })]
    [TestCase(new long[] { 2, 3, 5 })]
    public void Rms_norm_is_the_composition(long[] shape)
    {
        KernelComparison.Verify(
            inputs => [FusedRmsNorm.Normalize(inputs[0], inputs[1], Epsilon)],
            inputs => [torch.nn.functional.rms_norm(inputs[0], inputs[1], Epsilon)],
            KernelComparison.Random(shape),
            KernelComparison.Random(shape[^1]));
    }

    [TestCase(true, true, Description = "both results are used")]
    [TestCase(true, false, Description = "only the norm is used")]
    [TestCase(false, true, Description = "only the sum is used")]
    public void The_residual_addition_has_its_gradient_on_both_ways(bool usesNorm, bool usesSum)
    {
        Tensor[] Used(Tensor normalized, Tensor sum) => [.. new[] { usesNorm ? normalized : null, usesSum ? sum : null }.OfType<Tensor>()];
        var inputs = new[] { KernelComparison.Random(5, 3, 24), KernelComparison.Random(5, 24, 3).view(5, 3, 24), KernelComparison.Random(24), KernelComparison.Random(24, 1).view(-1) };

        KernelComparison.Verify(
            given =>
            {
                var (normalized, sum) = FusedLayerNorm.AddNormalize(given[0], given[1], given[2], given[3], Epsilon);
                return Used(normalized, sum);
            },
            given => Used(torch.nn.functional.layer_norm(given[0] + given[1], given[2], given[3], Epsilon), given[0] + given[1]),
            inputs);
        KernelComparison.Verify(
            given =>
            {
                var (normalized, sum) = FusedRmsNorm.AddNormalize(given[0], given[1], given[2], Epsilon);
                return Used(normalized, sum);
            },
            given => Used(torch.nn.functional.rms_norm(given[0] + given[1], given[2], Epsilon), given[0] + given[1]),
            inputs[..3]);
    }

    [Test]
    public void A_gradient_that_others_see_is_not_overwritten()
    {
        // The sum hands one gradient to both of its sides; were it overwritten by one, the other would be wrong.
        KernelComparison.Verify(
            inputs => [FusedRmsNorm.Normalize(inputs[0], inputs[1], Epsilon) + (FusedLayerNorm.Normalize(inputs[0], inputs[1], null, Epsilon) + FusedGelu.Apply(inputs[0], isTanh: true))],
            inputs => [torch.nn.functional.rms_norm(inputs[0], inputs[1], Epsilon) + (torch.nn.functional.layer_norm(inputs[0], inputs[1], null, Epsilon) + inputs[0].gelu("tanh"))],
            KernelComparison.Random(6, 32),
            KernelComparison.Random(32));
    }

    [Test]
    public void A_view_with_gaps_is_normalised_as_well()
    {
        KernelComparison.Verify(
            inputs => [FusedRmsNorm.Normalize(inputs[0].t(), inputs[1], Epsilon)],
            inputs => [torch.nn.functional.rms_norm(inputs[0].t(), inputs[1], Epsilon)],
            KernelComparison.Random(6, 5),
            KernelComparison.Random(6));
    }

    [Test]
    public void A_weight_of_another_width_is_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => FusedRmsNorm.Normalize(torch.ones(2, 3), torch.ones(4)));

        Assert.That(thrown.Message, Does.Contain("'weight' is float32[4] on cpu but must be float32[3] on cpu."));
        Assert.Throws<ArgumentException>(() => FusedLayerNorm.Normalize(torch.ones(2, 3), torch.ones([3], ScalarType.BFloat16), null));
        Assert.Throws<ArgumentException>(() => FusedLayerNorm.AddNormalize(torch.ones(2, 3), torch.ones(3), null, null));
    }

    [Test]
    public void No_rows_are_no_work()
    {
        Assert.That(FusedRmsNorm.Normalize(torch.ones(0, 3), torch.ones(3)).shape, Is.EqualTo(new long[] { 0, 3 }));
        Assert.That(FusedLayerNorm.Normalize(torch.ones(0, 3), null, null).shape, Is.EqualTo(new long[] { 0, 3 }));
    }
}
