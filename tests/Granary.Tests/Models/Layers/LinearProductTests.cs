using Granary.Torch;

namespace Granary.Models.Layers.Tests;

public sealed class LinearProductTests
{
    // Two orders of summing 40 products in fp32.
    private const double Rounding = 1e-6;

    [Test]
    public void One_row_gives_the_result_and_the_gradients_of_the_general_product([Values] bool hasBias)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(7);
        var x = torch.randn([1, 40], generator: generator, requires_grad: true);
        var weight = torch.randn([24, 40], generator: generator, requires_grad: true);
        var bias = hasBias ? torch.randn([24], generator: generator, requires_grad: true) : null;
        var upstream = torch.randn([1, 24], generator: generator);
        Tensor[] leaves = bias is null ? [x, weight] : [x, weight, bias];

        var one = LinearProduct.Of(x, weight, bias);
        var general = torch.nn.functional.linear(x, weight, bias);

        AssertClose(one, general);
        var gradients = torch.autograd.grad([one], leaves, [upstream]);
        var expected = torch.autograd.grad([general], leaves, [upstream]);
        for (var leaf = 0; leaf < leaves.Length; leaf++)
        {
            AssertClose(gradients[leaf]!, expected[leaf]!);
        }
    }

    private static void AssertClose(Tensor actual, Tensor expected)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape));
        Assert.That((actual - expected).abs().max().item(), Is.LessThanOrEqualTo(Rounding * expected.abs().max().item()));
    }
}
