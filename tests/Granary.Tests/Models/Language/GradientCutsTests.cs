using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Language.Tests;

[TestFixture]
public sealed class GradientCutsTests : TensorFixture
{
    private const double Tolerance = 1e-12;

    [Test]
    public void Heads_run_back_one_by_one_give_the_gradients_of_their_joint_graph_in_double_precision()
    {
        var parts = Parts();
        var joint = Gradients(parts, () =>
        {
            var trunk = Trunk(parts);
            ((trunk.matmul(parts[1]).square().sum() * 0.7) + (trunk.matmul(parts[2]).tanh().sum() * 0.3)).backward();
        });

        var cut = Gradients(parts, () =>
        {
            using var cuts = new GradientCuts();
            var trunk = cuts.Cut(Trunk(parts));
            (trunk.matmul(parts[1]).square().sum() * 0.7).backward();
            (trunk.matmul(parts[2]).tanh().sum() * 0.3).backward();
            cuts.Backward();
        });

        AreClose(cut, joint);
    }

    [TestCase(false, Description = "histories are kept")]
    [TestCase(true, Description = "links are computed again")]
    public void A_chain_cut_at_every_link_gives_the_gradients_of_its_joint_graph_in_double_precision(bool recomputes)
    {
        var parts = Parts();
        var joint = Gradients(parts, () =>
        {
            var trunk = Trunk(parts);
            var first = trunk.matmul(parts[1]).tanh();
            var second = first.matmul(parts[2]).tanh();
            (trunk.square().sum() + (first.square().sum() * 0.5) + (second.square().sum() * 0.25)).backward();
        });

        var cut = Gradients(parts, () =>
        {
            using var cuts = new GradientCuts();
            var trunk = cuts.Cut(Trunk(parts));
            trunk.square().sum().backward();
            var first = Link(cuts, trunk, parts[1], recomputes);
            (first.square().sum() * 0.5).backward();
            var second = Link(cuts, first, parts[2], recomputes);
            (second.square().sum() * 0.25).backward();
            cuts.Backward();
        });

        AreClose(cut, joint);
    }

    [Test]
    public void Without_recording_a_cut_only_keeps_the_tensor()
    {
        using var recording = torch.no_grad();
        using var cuts = new GradientCuts();

        var leaf = cuts.Cut(torch.ones([2, 2]));

        Assert.That(leaf.requires_grad, Is.False);
        Assert.DoesNotThrow(cuts.Backward);
    }

    private static Tensor Link(GradientCuts cuts, Tensor from, Tensor weight, bool recomputes)
    {
        if (!recomputes)
        {
            return cuts.Cut(from.matmul(weight).tanh());
        }

        // The weight's copy would be gone with the inner scope, if the cut did not keep it.
        using var scope = torch.NewDisposeScope();
        var copy = weight * 1;
        return cuts.CutRecomputed(() => from.matmul(copy).tanh(), copy);
    }

    private static Tensor[] Parts()
    {
        return [.. Enumerable.Range(0, 3).Select(part => torch.randn([6, 6], ScalarType.Float64, generator: new Generator(part + 1)).requires_grad_())];
    }

    private static Tensor Trunk(Tensor[] parts)
    {
        return torch.randn([5, 6], ScalarType.Float64, generator: new Generator(9)).matmul(parts[0]).tanh();
    }

    private static List<Tensor> Gradients(Tensor[] parts, Action run)
    {
        Array.ForEach(parts, part => part.grad = null);
        run();
        return [.. parts.Select(part => part.grad!.clone())];
    }

    private static void AreClose(List<Tensor> actual, List<Tensor> expected)
    {
        for (var part = 0; part < actual.Count; part++)
        {
            TensorAssert.AreClose(actual[part], expected[part], Tolerance, Tolerance);
        }
    }
}
