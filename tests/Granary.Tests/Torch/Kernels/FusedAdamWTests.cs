using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class FusedAdamWTests : TensorFixture
{
    private static readonly AdamWSettings Settings = new() { LearningRate = 0.01, Step = 1, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, GradientScale = 0.5 };

    [Test]
    public void Five_steps_are_those_of_the_formula()
    {
        var parameters = new[] { Parameter(0.1, 3, 50), Parameter(0, 7) };
        var expected = Array.ConvertAll(parameters, Copy);

        for (var step = 1; step <= 5; step++)
        {
            FusedAdamW.Step(parameters, Settings with { Step = step });
            Array.ForEach(expected, parameter => Reference(parameter, step));
        }

        for (var index = 0; index < parameters.Length; index++)
        {
            TensorAssert.AreClose(parameters[index].Value.to(ScalarType.Float64), expected[index].Value, 1e-5, 1e-6, $"value {index}");
            TensorAssert.AreClose(parameters[index].ExpAvg.to(ScalarType.Float64), expected[index].ExpAvg, 1e-5, 1e-7, $"first moment {index}");
            TensorAssert.AreClose(parameters[index].ExpAvgSq.to(ScalarType.Float64), expected[index].ExpAvgSq, 1e-5, 1e-7, $"second moment {index}");
        }
    }

    [Test]
    public void A_step_is_a_change_in_place()
    {
        var parameter = Parameter(0.1, 5);
        var leaf = parameter.Value.requires_grad_();
        var y = leaf.square().sum();

        FusedAdamW.Step([parameter], Settings);

        Assert.Throws<TorchException>(() => y.backward());
    }

    [Test]
    public void Tensors_of_different_sizes_types_or_with_gaps_are_refused()
    {
        var parameter = Parameter(0, 4, 4);

        Assert.Throws<ArgumentException>(() => FusedAdamW.Step([parameter with { Gradient = torch.ones(3) }], Settings));
        Assert.Throws<ArgumentException>(() => FusedAdamW.Step([parameter with { ExpAvg = parameter.ExpAvg.to(ScalarType.Float64) }], Settings));
        Assert.Throws<ArgumentException>(() => FusedAdamW.Step([parameter with { Gradient = parameter.Gradient.t() }], Settings));
        Assert.Throws<TorchException>(() => FusedAdamW.Step([parameter], Settings with { Step = 0 }));
    }

    [Test]
    public void The_sum_of_squares_is_taken_in_double()
    {
        var tensors = new[] { torch.full([1_000, 1_001], 1e-3), torch.full([3], 1e4) };

        Assert.That(FusedAdamW.SumOfSquares(tensors), Is.EqualTo(3e8 + 1.001).Within(1e-4));
        Assert.That(FusedAdamW.SumOfSquares([]), Is.Zero);
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void The_sum_of_squares_is_finite_only_if_every_element_is(float value)
    {
        var tensor = torch.zeros(1_000);
        Assert.That(double.IsFinite(FusedAdamW.SumOfSquares([tensor, torch.full([9], float.MaxValue)])));

        tensor.data<float>()[777] = value;

        Assert.That(double.IsFinite(FusedAdamW.SumOfSquares([tensor])), Is.False);
    }

    [Test]
    public void Tensors_are_filled_and_scaled()
    {
        var tensors = new[] { torch.ones(5), torch.ones(2, 3) };

        FusedAdamW.Fill(tensors, 3);
        FusedAdamW.Scale(tensors, 0.5);

        TensorAssert.HasValues(tensors[0], [1.5, 1.5, 1.5, 1.5, 1.5]);
        TensorAssert.HasValues(tensors[1].sum(), [9]);
    }

    private static AdamWParameter Parameter(double weightDecay, params long[] shape)
    {
        return new AdamWParameter(KernelComparison.Random(shape), KernelComparison.Random([.. shape, 1]).view(shape), torch.zeros(shape), torch.zeros(shape), weightDecay);
    }

    private static AdamWParameter Copy(AdamWParameter parameter)
    {
        return new AdamWParameter(
            parameter.Value.to(ScalarType.Float64), parameter.Gradient.to(ScalarType.Float64), parameter.ExpAvg.to(ScalarType.Float64), parameter.ExpAvgSq.to(ScalarType.Float64), parameter.WeightDecay);
    }

    private static void Reference(AdamWParameter parameter, int step)
    {
        var gradient = parameter.Gradient * Settings.GradientScale;
        parameter.Value.mul_(1 - (Settings.LearningRate * parameter.WeightDecay));
        parameter.ExpAvg.lerp_(gradient, 1 - Settings.Beta1);
        parameter.ExpAvgSq.mul_(Settings.Beta2).addcmul_(gradient, gradient, 1 - Settings.Beta2);
        var root = parameter.ExpAvgSq.sqrt() / Math.Sqrt(1 - Math.Pow(Settings.Beta2, step)) + Settings.Epsilon;
        parameter.Value.addcdiv_(parameter.ExpAvg, root, -Settings.LearningRate / (1 - Math.Pow(Settings.Beta1, step)));
    }
}
