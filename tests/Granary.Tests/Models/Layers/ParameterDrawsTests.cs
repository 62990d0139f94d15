using Granary.Core.Randomness;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Layers.Tests;

public sealed class ParameterDrawsTests : TensorFixture
{
    private static readonly RandomKey Key = RandomKey.FromSeed(4);

    [Test]
    public void Parameters_drawn_together_have_the_bits_of_those_drawn_one_by_one()
    {
        var alone = Draw();
        List<Tensor> together;
        using (ParameterDraws.Begin())
        {
            using (ParameterDraws.Begin())
            {
                together = Draw();
            }
        }

        foreach (var (first, second) in together.Zip(alone))
        {
            TensorAssert.AreEqual(first.detach(), second.detach());
            Assert.That(first.requires_grad);
        }
    }

    [Test]
    public void What_is_drawn_after_the_end_is_drawn_at_once()
    {
        ParameterDraws.Begin().Dispose();

        var drawn = ParameterDraw.Normal([1_000], 0.5, Key);

        Assert.That(Math.Sqrt(drawn.detach().square().mean().item()), Is.EqualTo(0.5).Within(0.05));
    }

    private static List<Tensor> Draw() => [.. Enumerable.Range(1, 9).Select(size => ParameterDraw.Normal([size * 7, 100], 0.02, Key.Fold(size)))];
}
