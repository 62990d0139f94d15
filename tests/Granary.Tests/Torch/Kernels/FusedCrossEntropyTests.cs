using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class FusedCrossEntropyTests : TensorFixture
{
    [TestCase(5, 11, false, 1)]
    [TestCase(40, 3_001, false, 1)]
    [TestCase(40, 3_001, true, 1)]
    [TestCase(6, 50, true, 0.125, Description = "the gradient's scale is known before")]
    public void The_sum_and_its_gradient_are_those_of_the_operator(int rows, int classes, bool isWeighted, double gradientScale)
    {
        var (targets, weights) = TargetsAndWeights(rows, classes, isWeighted);
        var logits = KernelComparison.Random(rows, classes);
        var exact = logits.to(ScalarType.Float64).requires_grad_();
        var single = logits.clone().requires_grad_();

        var sums = FusedCrossEntropy.Sum(Product(single), targets, weights, gradientScale);
        sums.LossSum.mul(gradientScale).backward();
        var expected = Losses(exact, targets).mul(weights?.to(ScalarType.Float64) ?? torch.ones([rows], ScalarType.Float64)).sum();
        expected.mul(gradientScale).backward();

        TensorAssert.AreClose(sums.LossSum, expected, 1e-5, 0);
        Assert.That(sums.WeightSum, Is.EqualTo((weights ?? torch.ones(rows)).masked_fill(targets.eq(-100), 0).sum().item()).Within(1e-5));
        TensorAssert.AreClose(single.grad!.to(ScalarType.Float64), exact.grad!, 1e-4, 1e-7);
    }

    [Test]
    public void Another_gradient_than_foretold_is_scaled()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var logits = KernelComparison.Random(6, 30).requires_grad_();
        FusedCrossEntropy.Sum(Product(logits), targets, gradientScale: 0.25).LossSum.mul(3.0).backward();
        var scaled = logits.grad!.clone();
        logits.grad = null;

        FusedCrossEntropy.Sum(Product(logits), targets).LossSum.backward();

        TensorAssert.AreClose(scaled, logits.grad! * 3.0, 1e-5, 1e-7);
    }

    [Test]
    public void A_retained_graph_gives_the_gradient_for_each_scale()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var logits = KernelComparison.Random(6, 30).requires_grad_();
        var sum = FusedCrossEntropy.Sum(Product(logits), targets).LossSum;
        var (once, twice, none) = (sum.mul(1.0), sum.mul(2.0), sum.mul(0.0));

        var first = torch.autograd.grad([once], [logits], retain_graph: true)[0]!.clone();
        var zero = torch.autograd.grad([none], [logits], retain_graph: true)[0]!.clone();
        var second = torch.autograd.grad([twice], [logits], retain_graph: true)[0]!.clone();
        var again = torch.autograd.grad([once], [logits])[0]!.clone();

        TensorAssert.AreEqual(zero, torch.zeros_like(first));
        TensorAssert.AreClose(second, first * 2.0, 1e-6, 0);
        TensorAssert.AreClose(again, first, 1e-6, 0);
    }

    [Test]
    public void Logits_are_overwritten_only_where_history_is_recorded()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var logits = KernelComparison.Random(6, 30);
        var kept = logits.clone();

        FusedCrossEntropy.Sum(logits, targets);
        FusedCrossEntropy.Losses(logits, targets);
        using (torch.no_grad())
        {
            FusedCrossEntropy.Sum(logits.requires_grad_(), targets);
        }

        TensorAssert.AreEqual(logits.detach(), kept);
    }

    [Test]
    public void Logits_whose_values_are_needed_elsewhere_are_an_error()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var logits = KernelComparison.Random(6, 30).requires_grad_().exp();

        var sum = FusedCrossEntropy.Sum(logits, targets).LossSum;

        Assert.Throws<TorchException>(() => sum.backward());
    }

    [Test]
    public void Losses_are_those_of_each_row()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var logits = KernelComparison.Random(6, 30);

        TensorAssert.AreClose(FusedCrossEntropy.Losses(logits, targets), Losses(logits, targets), 1e-5, 1e-6);
    }

    [Test]
    public void Rows_may_lie_apart()
    {
        var (targets, _) = TargetsAndWeights(6, 30, false);
        var wide = KernelComparison.Random(6, 32);

        TensorAssert.AreClose(FusedCrossEntropy.Losses(wide.narrow(1, 0, 30), targets), Losses(wide.narrow(1, 0, 30), targets), 1e-5, 1e-6);
    }

    [Test]
    public void Nothing_that_counts_is_a_loss_of_zero()
    {
        var logits = KernelComparison.Random(3, 5).requires_grad_();

        var sums = FusedCrossEntropy.Sum(Product(logits), torch.full([3], FusedCrossEntropy.Ignored, ScalarType.Int64));
        sums.LossSum.backward();

        Assert.That((sums.LossSum.item(), sums.WeightSum), Is.EqualTo((0.0, 0.0)));
        TensorAssert.AreEqual(logits.grad!, torch.zeros(3, 5));
    }

    [Test]
    public void Wrong_targets_and_scales_are_refused()
    {
        var logits = torch.zeros(2, 3);

        Assert.Throws<ArgumentException>(() => FusedCrossEntropy.Sum(logits, torch.zeros([3], ScalarType.Int64)));
        Assert.Throws<ArgumentException>(() => FusedCrossEntropy.Sum(logits, torch.zeros(2)));
        Assert.Throws<TorchException>(() => FusedCrossEntropy.Sum(logits, torch.tensor([0L, 3L])));
        Assert.Throws<ArgumentOutOfRangeException>(() => FusedCrossEntropy.Sum(logits, torch.tensor([0L, 1L]), gradientScale: 0));
    }

    // A node in front of the logits whose backward does not need their values, as an output head.
    private static Tensor Product(Tensor logits) => logits.mul(1.0);

    private static Tensor Losses(Tensor logits, Tensor targets) => torch.nn.functional.cross_entropy(logits, targets, Reduction.None);

    private static (Tensor Targets, Tensor? Weights) TargetsAndWeights(int rows, int classes, bool isWeighted)
    {
        var targets = torch.tensor([.. Enumerable.Range(0, rows).Select(row => row % 5 == 1 ? FusedCrossEntropy.Ignored : (long)(row * 37 % classes))]);
        return (targets, isWeighted ? KernelComparison.Random(rows).abs() : null);
    }
}
