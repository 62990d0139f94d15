using Granary.Torch;

namespace Granary.Training.Optimizers.Tests;

public sealed class AdamWTests
{
    private static readonly AdamWConfig Config = new() { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0.1 };

    [Test]
    public void Three_updates_equal_the_formula_in_double()
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor([1.5, -2.0, 0.25, 3.0], [2, 2], requires_grad: true);
        var bias = torch.tensor([0.5, -0.5], requires_grad: true);
        using var optimizer = new AdamW(Config, [("weight", weight), ("bias", bias)]);
        double[] gradients = [0.3, -0.1, 2.0, 0.0];
        var expectedWeight = Reference([1.5, -2.0, 0.25, 3.0], gradients, decay: 0.1);
        var expectedBias = Reference([0.5, -0.5], [0.3, -0.1], decay: 0);

        for (var update = 1; update <= 3; update++)
        {
            weight.grad = torch.tensor(gradients, [2, 2]);
            bias.grad = torch.tensor([0.3, -0.1]);
            optimizer.Step(update, learningRate: 0.01, gradientScale: 0.5);
        }

        Assert.That(weight.detach().data<double>().ToArray(), Is.EqualTo(expectedWeight).Within(1e-14));
        Assert.That(bias.detach().data<double>().ToArray(), Is.EqualTo(expectedBias).Within(1e-14), "tensors of one dim do not decay");
    }

    [Test]
    public void The_gradient_norm_is_that_of_all_tensors_together()
    {
        using var scope = torch.NewDisposeScope();
        var first = torch.zeros([2], requires_grad: true);
        var second = torch.zeros([1], requires_grad: true);
        using var optimizer = new AdamW(Config, [("first", first), ("second", second)]);
        first.grad = torch.tensor([3f, 0f]);
        second.grad = torch.tensor([4f]);

        Assert.That(optimizer.GradientNorm(), Is.EqualTo(5).Within(1e-12));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void A_gradient_that_is_not_finite_makes_the_norm_not_finite(float value)
    {
        using var scope = torch.NewDisposeScope();
        var parameter = torch.zeros([3], requires_grad: true);
        using var optimizer = new AdamW(Config, [("parameter", parameter)]);
        parameter.grad = torch.tensor([0f, value, 1f]);

        Assert.That(double.IsFinite(optimizer.GradientNorm()), Is.False);
    }

    [Test]
    public void A_parameter_without_gradient_stays_as_it_is()
    {
        using var scope = torch.NewDisposeScope();
        var parameter = torch.ones([2, 2], requires_grad: true);
        using var optimizer = new AdamW(Config, [("parameter", parameter)]);

        optimizer.Step(1, learningRate: 0.1, gradientScale: 1);

        Assert.That(parameter.detach().data<float>().ToArray(), Is.All.EqualTo(1f));
    }

    private static double[] Reference(double[] start, double[] gradients, double decay)
    {
        var weights = start.ToArray();
        var (mean, square) = (new double[weights.Length], new double[weights.Length]);
        for (var update = 1; update <= 3; update++)
        {
            for (var index = 0; index < weights.Length; index++)
            {
                var gradient = gradients[index] * 0.5;
                mean[index] = (0.9 * mean[index]) + (0.1 * gradient);
                square[index] = (0.95 * square[index]) + (0.05 * gradient * gradient);
                var step = mean[index] / (1 - Math.Pow(0.9, update)) / (Math.Sqrt(square[index] / (1 - Math.Pow(0.95, update))) + 1e-8);
                weights[index] -= (0.01 * decay * weights[index]) + (0.01 * step);
            }
        }

        return weights;
    }
}
