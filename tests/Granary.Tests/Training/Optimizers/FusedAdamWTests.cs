using Granary.Torch;

namespace Granary.Training.Optimizers.Tests;

public sealed class FusedAdamWTests
{
    // The two forms round differently: a few units in the last place of each update.
    private const double Tolerance = 1e-6;

    [Test]
    public void Updates_are_those_of_the_composition_of_operators()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(5);
        var start = torch.randn([37, 11], generator: generator);
        var fused = start.clone().requires_grad_();
        var composed = start.clone().requires_grad_();
        using var first = new FusedAdamW(new AdamWConfig(), [("weight", fused)]);
        using var second = new AdamW(new AdamWConfig(), [("weight", composed)]);

        for (var update = 1; update <= 5; update++)
        {
            var gradient = torch.randn([37, 11], generator: generator);
            fused.grad = gradient;
            composed.grad = gradient.clone();
            Assert.That(first.GradientNorm(), Is.EqualTo(second.GradientNorm()).Within(1e-9).Percent);
            first.Step(update, learningRate: 0.01, gradientScale: 0.7);
            second.Step(update, learningRate: 0.01, gradientScale: 0.7);
        }

        Assert.That((fused - composed).abs().max().item(), Is.LessThan(Tolerance));
        Assert.That(first.State.Select(entry => entry.Name), Is.EqualTo(second.State.Select(entry => entry.Name)));
    }
}
