using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>FusedGelu and FusedSwiGlu against compositions of operators.</summary>
public sealed class FusedActivationTests : TensorFixture
{
    [TestCase(true)]
    [TestCase(false)]
    public void Gelu_is_the_operator(bool isTanh)
    {
        KernelComparison.Verify(
            inputs => [FusedGelu.Apply(inputs[0] * 3.0, isTanh)],
            inputs => [(inputs[0] * 3.0).gelu(isTanh ? "tanh" : "none")],
            KernelComparison.Random(3, 5, 37));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Gelu_adds_a_bias_first(bool isTanh)
    {
        KernelComparison.Verify(
            inputs => [FusedGelu.Apply(inputs[0], isTanh, inputs[1])],
            inputs => [(inputs[0] + inputs[1]).gelu(isTanh ? "tanh" : "none")],
            KernelComparison.Random(9, 37),
            KernelComparison.Random(37));
    }

    [Test]
    public void A_frozen_bias_has_no_gradient()
    {
        var x = KernelComparison.Random(4, 8).requires_grad_();
        var bias = torch.ones(8);

        FusedGelu.Apply(x, isTanh: true, bias).sum().backward();

        Assert.That(bias.grad, Is.Null);
        Assert.That(x.grad, Is.Not.Null);
    }

    [TestCase(new long[] { 7, 64 })]
    [TestCase(new long[] { 2, 3, 10 })]
    public void Swiglu_is_silu_times_up(long[] shape)
    {
        KernelComparison.Verify(
            inputs => [FusedSwiGlu.Apply(inputs[0])],
            inputs =>
            {
                var halves = inputs[0].chunk(2, dim: -1);
                return [halves[0].silu() * halves[1]];
            },
            KernelComparison.Random(shape));
    }

    [Test]
    public void An_odd_width_has_no_halves()
    {
        var thrown = Assert.Throws<ArgumentException>(() => FusedSwiGlu.Apply(torch.ones(2, 3)));

        Assert.That(thrown.Message, Does.Contain("'gateUp' is float32[2, 3] on cpu"));
        Assert.Throws<ArgumentException>(() => FusedGelu.Apply(torch.ones([2], ScalarType.Float64), isTanh: true));
    }

    [Test]
    public void Nothing_in_is_nothing_out()
    {
        var x = torch.ones([0, 4], requires_grad: true);

        var y = FusedSwiGlu.Apply(x) * FusedGelu.Apply(x.narrow(1, 0, 2), isTanh: false);
        y.sum().backward();

        Assert.That(y.shape, Is.EqualTo(new long[] { 0, 2 }));
    }
}
