using Granary.Cli.Stages;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels.Mixed;
using Granary.Training.Optimizers;

namespace Granary.Gpu.Tests;

/// <summary>The update of all parameters at once against the composition of operators in main memory.</summary>
public sealed class OptimizerTests : GpuFixture
{
    // A few units in the last place of each of five updates.
    private const double Tolerance = 2e-6;

    private static readonly long[][] Shapes = [[37, 11], [1_000], [1], [300, 512], [7]];

    [Test]
    public void Updates_and_norms_are_those_of_the_composition()
    {
        var own = Parameters(TestDevice.Current);
        var plain = Parameters(torch.CPU);
        using var tested = ModelBuilder.BuildOptimizer(new AdamWConfig(), OptimizedTensor.Of(own), isFused: true);
        using var composed = TestDevice.OnCpu(() => new AdamW(new AdamWConfig(), plain));

        for (var update = 1; update <= 5; update++)
        {
            SetGradients(own, plain, update);
            Assert.That(tested.GradientNorm(), Is.EqualTo(composed.GradientNorm()).Within(1e-4).Percent);
            tested.Step(update, learningRate: 0.01, gradientScale: 0.7);
            composed.Step(update, learningRate: 0.01, gradientScale: 0.7);
        }

        foreach (var ((name, actual), (_, expected)) in own.Zip(plain))
        {
            TensorAssert.AreClose(actual.cpu(), expected, 1e-5, Tolerance, name);
        }

        foreach (var ((name, actual), (_, expected)) in tested.State.Zip(composed.State))
        {
            TensorAssert.AreClose(actual.cpu(), expected, 1e-5, Tolerance, name);
        }
    }

    [Test]
    public void A_norm_that_is_not_finite_is_told()
    {
        var own = Parameters(TestDevice.Current);
        SetGradients(own, own, 1);
        own[3].Parameter.grad!.select(0, 299).fill_(double.PositiveInfinity);
        using var tested = ModelBuilder.BuildOptimizer(new AdamWConfig(), OptimizedTensor.Of(own), isFused: true);

        Assert.That(double.IsFinite(tested.GradientNorm()), Is.False);
    }

    [Test]
    public void Copies_in_bfloat16_are_the_updated_values_rounded()
    {
        RequireGpu();
        using var mode = torch.no_grad();
        var own = Parameters(TestDevice.Current);
        var before = own.Select(entry => MixedValues.Of(entry.Parameter, ScalarType.BFloat16).clone()).ToList();
        using var tested = ModelBuilder.BuildOptimizer(new AdamWConfig(), OptimizedTensor.Of(own), isFused: true);

        SetGradients(own, own, 1);
        tested.Step(1, learningRate: 0.05, gradientScale: 1);

        foreach (var ((name, parameter), old) in own.Zip(before))
        {
            var copy = MixedValues.Of(parameter, ScalarType.BFloat16);
            TensorAssert.AreEqual(copy.cpu(), parameter.detach().to(ScalarType.BFloat16).cpu(), name);
            Assert.That(copy.equal(old), Is.False, name);
        }
    }

    private static List<(string Name, Tensor Parameter)> Parameters(Device device)
    {
        return [.. Shapes.Select((shape, index) => ($"parameter {index}", KernelInput.Parameter(shape).Values.to(device, ScalarType.Float32, copy: true).requires_grad_()))];
    }

    private static void SetGradients(List<(string Name, Tensor Parameter)> own, List<(string Name, Tensor Parameter)> plain, int update)
    {
        foreach (var ((_, one), (_, other)) in own.Zip(plain))
        {
            var gradient = KernelInput.Activation([update, .. one.shape]).Values.select(0, update - 1);
            one.grad = gradient.to(one.device, ScalarType.Float32, copy: true);
            other.grad = gradient.to(other.device, ScalarType.Float32, copy: true);
        }
    }
}
