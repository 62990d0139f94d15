using Granary.Testing;

namespace Granary.Torch.Modules.Tests;

/// <summary>The small modules against what they say they compute.</summary>
public sealed class LayersTests : TensorFixture
{
    [Test]
    public void Linear_is_a_product_with_the_transpose()
    {
        using var layer = new Linear(3, 2);
        var x = torch.randn(4, 3);

        TensorAssert.AreClose(layer.forward(x), x.matmul(layer.weight.t()) + layer.bias!, 1e-5, 1e-6);
    }

    [Test]
    public void Linear_is_drawn_within_one_over_the_root_of_its_inputs()
    {
        using var generator = new Generator(1);
        using var layer = new Linear(100, 50, generator: generator);

        Assert.That(layer.weight.abs().max().item(), Is.LessThanOrEqualTo(0.1).And.GreaterThan(0.095));
        Assert.That(new Linear(3, 2, bias: false).bias, Is.Null);
    }

    [Test]
    public void Layer_norm_has_mean_zero_and_variance_one()
    {
        using var layer = new LayerNorm(64);

        var y = layer.forward(torch.randn(5, 64) * 3.0 + 2.0);

        TensorAssert.AreClose(y.mean(1), torch.zeros(5), 0, 1e-5);
        TensorAssert.AreClose(y.var([1], unbiased: false), torch.ones(5), 1e-3, 0);
    }

    [Test]
    public void Rms_norm_has_mean_square_one()
    {
        using var layer = new RMSNorm(64);

        TensorAssert.AreClose(layer.forward(torch.randn(5, 64) * 3.0).square().mean(1), torch.ones(5), 1e-4, 0);
    }

    [Test]
    public void Embedding_takes_rows_and_adds_up_their_gradients()
    {
        using var layer = new Embedding(4, 2);

        layer.forward(torch.tensor([1L, 3L, 1L])).sum().backward();

        TensorAssert.HasValues(layer.weight.grad!, [0, 0, 2, 2, 0, 0, 1, 1]);
    }

    [Test]
    public void Dropout_acts_in_training_only()
    {
        using var layer = new Dropout(0.5);
        var x = torch.ones(1_000);

        Assert.That(layer.forward(x).eq(0).sum().item(), Is.GreaterThan(350).And.LessThan(650));
        layer.eval();
        TensorAssert.AreEqual(layer.forward(x), x);
    }

    [Test]
    public void A_module_list_is_indexed_and_counted()
    {
        using var list = new ModuleList<Linear>([new Linear(1, 1), new Linear(1, 2)]);

        Assert.That(list, Has.Count.EqualTo(2));
        Assert.That(list[1].weight.size(0), Is.EqualTo(2));
        Assert.That(list.Select(layer => layer.weight.size(0)), Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Gradients_of_the_functions_are_right()
    {
        using var generator = new Generator(1);
        Tensor Random(params long[] shape) => torch.randn(shape, ScalarType.Float64, generator);

        GradientCheck.Verify(given => torch.nn.functional.rms_norm(given[0], given[1]), [Random(3, 4), Random(4)]);
        GradientCheck.Verify(given => torch.nn.functional.layer_norm(given[0], given[1], given[2]), [Random(3, 4), Random(4), Random(4)]);
        GradientCheck.Verify(given => torch.nn.functional.cross_entropy(given[0], given[1]), [Random(3, 4), torch.tensor([0L, -100L, 3L])]);
        GradientCheck.Verify(given => torch.nn.functional.gelu(given[0], "tanh") + torch.nn.functional.silu(given[0]), [Random(3, 4)]);
    }
}
