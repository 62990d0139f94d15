using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>FusedLinear against the operator in float64.</summary>
public sealed class FusedLinearTests : TensorFixture
{
    private static readonly long[][] Shapes = [[2, 3, 5], [23, 40, 70], [65, 300, 33]];

    [TestCaseSource(nameof(Shapes))]
    public void The_product_and_its_gradients_are_the_operators(long rows, long inputs, long outputs)
    {
        foreach (var hasBias in new[] { false, true })
        {
            Tensor[] leaves = [KernelComparison.Random(rows, inputs), KernelComparison.Random(outputs, inputs), .. hasBias ? [KernelComparison.Random(outputs)] : Array.Empty<Tensor>()];

            KernelComparison.Verify(
                given => [FusedLinear.Apply(given[0], given[1], hasBias ? given[2] : null)],
                given => [torch.nn.functional.linear(given[0], given[1], hasBias ? given[2] : null)],
                leaves);
        }
    }

    [Test]
    public void Gradients_that_are_there_are_added_to_in_their_place()
    {
        var (x, weight, bias) = (KernelComparison.Random(6, 4), KernelComparison.Random(3, 4).requires_grad_(), KernelComparison.Random(3).requires_grad_());
        (weight.grad, bias.grad) = (torch.ones(3, 4), torch.ones(3));
        var (ofWeight, ofBias) = (Address(weight.grad!), Address(bias.grad!));

        FusedLinear.Apply(x, weight, bias).sum().backward();

        TensorAssert.AreClose(weight.grad!, (x.sum(0) + 1.0).expand(3, 4), 1e-5, 1e-5);
        TensorAssert.HasValues(bias.grad!, [7, 7, 7]);
        Assert.That((Address(weight.grad!), Address(bias.grad!)), Is.EqualTo((ofWeight, ofBias)));
    }

    [Test]
    public void A_computed_weight_has_its_gradient_passed_on()
    {
        KernelComparison.Verify(
            inputs => [FusedLinear.Apply(inputs[0], inputs[1] * 2.0, null)],
            inputs => [torch.nn.functional.linear(inputs[0], inputs[1] * 2.0)],
            KernelComparison.Random(9, 5),
            KernelComparison.Random(7, 5));
    }

    [Test]
    public void Rows_with_gaps_between_them_are_taken()
    {
        var wide = KernelComparison.Random(9, 11);
        var weight = KernelComparison.Random(7, 5);

        var y = FusedLinear.Apply(wide.narrow(1, 3, 5), weight, null);

        TensorAssert.AreClose(y, torch.nn.functional.linear(wide.narrow(1, 3, 5), weight), 1e-5, 1e-5);
    }

    [Test]
    public void Other_types_and_weights_with_gaps_are_not_taken()
    {
        var (x, weight, gapped) = (KernelComparison.Random(4, 5), KernelComparison.Random(6, 5), KernelComparison.Random(5, 6).t());

        Assert.That(
            (FusedLinear.Takes(x, weight, null), FusedLinear.Takes(x, gapped, null), FusedLinear.Takes(x.to(ScalarType.Float64), weight, null)),
            Is.EqualTo((true, false, false)));
    }

    private static unsafe long Address(Tensor tensor) => (long)tensor.DataPointer();
}
