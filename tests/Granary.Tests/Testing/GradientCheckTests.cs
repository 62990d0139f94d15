using Granary.Torch;

namespace Granary.Testing.Tests;

public sealed class GradientCheckTests : TensorFixture
{
    [Test]
    public void Right_gradients_pass()
    {
        var inputs = new[] { Random(3, 4), Random(4, 2) };

        GradientCheck.Verify(given => given[0].matmul(given[1]).tanh(), inputs);
    }

    [Test]
    public void Unused_inputs_have_zero_gradients()
    {
        GradientCheck.Verify(given => given[0].exp(), [Random(3), Random(2)]);
    }

    [Test]
    public void A_wrong_gradient_is_found()
    {
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
        {
            Assert.Throws<AssertionException>(() => GradientCheck.Verify(given => given[0].square() + given[0].detach(), [Random(3)]));
        }
    }

    private static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(1);
        return torch.randn(shape, ScalarType.Float64, generator);
    }
}
