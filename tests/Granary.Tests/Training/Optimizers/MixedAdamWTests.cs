using Granary.Torch;
using Granary.Torch.Kernels.Mixed.Tests;
using Kernel = Granary.Torch.Kernels.Mixed.MixedAdamW;

namespace Granary.Training.Optimizers.Tests;

public sealed class MixedAdamWTests
{
    // The two forms round differently: a few units in the last place of each update.
    private const double Tolerance = 1e-6;

    [Test]
    public void Updates_and_state_are_those_of_the_composition_of_operators()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(5);
        var start = torch.randn([137, 111], generator: generator);
        var (fused, composed, unused) = (start.clone().requires_grad_(), start.clone().requires_grad_(), torch.ones([3], requires_grad: true));
        using var first = new MixedAdamW(new AdamWConfig(), OptimizedTensor.Of([("unused", unused), ("weight", fused)]), new Kernel(new ScalarAdamWCalls()));
        using var second = new AdamW(new AdamWConfig(), [("unused", unused), ("weight", composed)]);

        for (var update = 1; update <= 5; update++)
        {
            var gradient = torch.randn([137, 111], generator: generator);
            fused.grad = gradient;
            composed.grad = gradient.clone();
            Assert.That(first.GradientNorm(), Is.EqualTo(second.GradientNorm()).Within(1e-9).Percent);
            first.Step(update, learningRate: 0.01, gradientScale: 0.7);
            second.Step(update, learningRate: 0.01, gradientScale: 0.7);
        }

        Assert.That((fused - composed).abs().max().item(), Is.LessThan(Tolerance));
        Assert.That(unused.detach().to_array<float>(), Is.All.EqualTo(1));
        foreach (var ((name, tensor), (otherName, other)) in first.State.Zip(second.State))
        {
            Assert.That(name, Is.EqualTo(otherName));
            Assert.That((tensor - other).abs().max().item(), Is.LessThan(Tolerance), name);
        }
    }
}
