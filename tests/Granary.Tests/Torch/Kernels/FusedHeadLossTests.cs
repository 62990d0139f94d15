using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>FusedHeadLoss against the product and the operator's loss in float64, all logits at once.</summary>
public sealed class FusedHeadLossTests : TensorFixture
{
    private const int Rows = 23;
    private const int Width = 17;
    private const int Classes = 301;
    private const double Scale = 0.125;

    private static readonly long[] Portions = [1, 7, 8, Rows, 100];

    [TestCaseSource(nameof(Portions))]
    public void The_loss_and_its_gradients_are_those_of_all_logits_at_once(long portion)
    {
        foreach (var isWeighted in new[] { false, true })
        {
            var (rows, head, targets, weights) = Inputs(isWeighted);
            var (loss, ofRows, ofHead) = Reference(rows, head, targets, weights);

            var sum = FusedHeadLoss.Sum(rows, head, targets, weights, portion);
            sum.mul(Scale).backward();
            var (summedRows, summedHead) = (Taken(rows), Taken(head));
            var pending = FusedHeadLoss.Begin(rows, head, targets, weights, Scale, portion);
            pending.Backward();

            Assert.That(sum.item() * Scale, Is.EqualTo(loss).Within(1e-6 * loss));
            Assert.That(pending.Loss.item(), Is.EqualTo(loss).Within(1e-6 * loss));
            foreach (var (actual, expected) in new[] { (summedRows, ofRows), (summedHead, ofHead), (rows.grad!, ofRows), (head.grad!, ofHead) })
            {
                TensorAssert.AreClose(actual.to(ScalarType.Float64), expected, 1e-4, 1e-6);
            }
        }
    }

    [Test]
    public void The_heads_gradient_is_added_to_the_one_there_is_where_it_lies()
    {
        var (rows, head, targets, _) = Inputs(isWeighted: false);
        var expected = Reference(rows, head, targets, weights: null).OfHead + 1.0;
        head.grad = torch.ones(Classes, Width);
        var address = Address(head.grad!);

        FusedHeadLoss.Begin(rows, head, targets, null, Scale, rowsOfPortion: 5).Backward();

        TensorAssert.AreClose(head.grad!.to(ScalarType.Float64), expected, 1e-4, 1e-6);
        Assert.That(Address(head.grad!), Is.EqualTo(address));
    }

    [TestCase(true, Description = "the gradient exists")]
    [TestCase(false, Description = "the head makes it")]
    public void A_head_that_is_the_embeddings_table_gets_both_gradients(bool exists)
    {
        var (_, table, targets, _) = Inputs(isWeighted: false);
        var ids = torch.tensor([.. Enumerable.Range(0, Rows).Select(row => (long)(row * 11 % Classes))]);
        var exact = table.detach().to(ScalarType.Float64).requires_grad_();
        torch.nn.functional.cross_entropy(torch.nn.functional.embedding(ids, exact).matmul(exact.t()), targets, Reduction.Sum).mul(Scale).backward();
        table.grad = exists ? torch.zeros(Classes, Width) : null;

        FusedHeadLoss.Begin(FusedEmbedding.Lookup(table, ids), table, targets, null, Scale, rowsOfPortion: 8).Backward();

        TensorAssert.AreClose(table.grad!.to(ScalarType.Float64), exact.grad!, 1e-4, 1e-6);
    }

    [Test]
    public void A_computed_head_has_its_gradient_passed_on()
    {
        var (rows, head, targets, _) = Inputs(isWeighted: false);
        var (_, ofRows, ofHead) = Reference(rows, head * 3.0, targets, weights: null);

        FusedHeadLoss.Begin(rows, head * 3.0, targets, null, Scale, rowsOfPortion: 8).Backward();

        TensorAssert.AreClose(rows.grad!.to(ScalarType.Float64), ofRows, 1e-4, 1e-6);
        TensorAssert.AreClose(head.grad!.to(ScalarType.Float64), ofHead * 3.0, 1e-4, 1e-5);
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public void Only_what_asks_for_a_gradient_gets_one(bool ofRows, bool ofHead)
    {
        var (rows, head, targets, _) = Inputs(isWeighted: false);
        rows.requires_grad = ofRows;
        head.requires_grad = ofHead;

        FusedHeadLoss.Begin(rows, head, targets, null, Scale, rowsOfPortion: 8).Backward();

        Assert.That((rows.grad is not null, head.grad is not null), Is.EqualTo((ofRows, ofHead)));
    }

    [Test]
    public void Without_history_there_is_a_loss_and_no_gradient()
    {
        var (rows, head, targets, weights) = Inputs(isWeighted: true);
        using var mode = torch.no_grad();

        var sum = FusedHeadLoss.Sum(rows, head, targets, weights, rowsOfPortion: 6);

        Assert.That(sum.item() * Scale, Is.EqualTo(Reference(rows, head, targets, weights).Loss).Within(1e-5));
        Assert.That((sum.requires_grad, head.grad), Is.EqualTo((false, null as Tensor)));
    }

    [Test]
    public void Portions_of_one_number_give_the_same_bits_each_time()
    {
        var (rows, head, targets, _) = Inputs(isWeighted: false);
        FusedHeadLoss.Begin(rows, head, targets, null, Scale, rowsOfPortion: 8).Backward();
        var (firstRows, firstHead) = (Taken(rows), Taken(head));

        FusedHeadLoss.Begin(rows, head, targets, null, Scale, rowsOfPortion: 8).Backward();

        TensorAssert.AreEqual(rows.grad!, firstRows);
        TensorAssert.AreEqual(head.grad!, firstHead);
    }

    [Test]
    public void Nothing_that_counts_is_a_loss_of_zero()
    {
        var (rows, head, _, _) = Inputs(isWeighted: false);

        var pending = FusedHeadLoss.Begin(rows, head, torch.full([Rows], FusedCrossEntropy.Ignored, ScalarType.Int64), null, Scale, rowsOfPortion: 8);
        pending.Backward();

        Assert.That(pending.Loss.item(), Is.Zero);
        TensorAssert.AreEqual(head.grad!, torch.zeros(Classes, Width));
        TensorAssert.AreEqual(rows.grad!, torch.zeros(Rows, Width));
    }

    [Test]
    public void Only_a_portion_of_the_logits_lives()
    {
        const int rows = 1_024;
        const int classes = 40_000;
        var hidden = KernelComparison.Random(rows, 4).requires_grad_();
        var head = KernelComparison.Random(classes, 4).requires_grad_();
        var targets = torch.zeros([rows], ScalarType.Int64);
        var before = torch.memory().Live;
        torch.reset_peak_memory();

        FusedHeadLoss.Begin(hidden, head, targets, null, Scale, rowsOfPortion: 256).Backward();

        Assert.That(torch.memory().Peak - before, Is.LessThan(1.3 * 256 * classes * sizeof(float)));
    }

    [TestCase(256, 50_257, 256, Description = "one portion is everything")]
    [TestCase(1_024, 50_257, 512)]
    [TestCase(4_096, 32_000, 1_024)]
    [TestCase(4_096, 2_048, 4_096, Description = "a small vocabulary")]
    [TestCase(600, 1_000_000, 200, Description = "never more than 256 rows where a row is large")]
    [TestCase(0, 5, 1)]
    public void Portions_are_even_and_bounded(long rows, long classes, long expected)
    {
        Assert.That(FusedHeadLoss.RowsOfPortion(rows, classes), Is.EqualTo(expected));
    }

    [Test]
    public void Wrong_targets_are_refused()
    {
        var (rows, head, _, _) = Inputs(isWeighted: false);

        Assert.Throws<TorchException>(() => FusedHeadLoss.Begin(rows, head, torch.full([Rows], Classes, ScalarType.Int64), null, Scale));
        Assert.Throws<ArgumentException>(() => FusedHeadLoss.Begin(rows, head, torch.zeros(Rows), null, Scale));
    }

    private static (Tensor Rows, Tensor Head, Tensor Targets, Tensor? Weights) Inputs(bool isWeighted)
    {
        var targets = torch.tensor([.. Enumerable.Range(0, Rows).Select(row => row % 5 == 1 ? FusedCrossEntropy.Ignored : (long)(row * 37 % Classes))]);
        return (KernelComparison.Random(Rows, Width).requires_grad_(), KernelComparison.Random(Classes, Width).requires_grad_(), targets, isWeighted ? KernelComparison.Random(Rows).abs() : null);
    }

    private static (double Loss, Tensor OfRows, Tensor OfHead) Reference(Tensor rows, Tensor head, Tensor targets, Tensor? weights)
    {
        using var mode = torch.enable_grad();
        var (exactRows, exactHead) = (rows.detach().to(ScalarType.Float64).requires_grad_(), head.detach().to(ScalarType.Float64).requires_grad_());
        var losses = torch.nn.functional.cross_entropy(exactRows.matmul(exactHead.t()), targets, Reduction.None);
        var loss = (weights is null ? losses : losses * weights.to(ScalarType.Float64)).sum().mul(Scale);
        loss.backward();
        return (loss.item(), exactRows.grad!, exactHead.grad!);
    }

    // The gradient, which is then null.
    private static Tensor Taken(Tensor tensor)
    {
        var gradient = tensor.grad!.clone();
        tensor.grad = null;
        return gradient;
    }

    private static unsafe long Address(Tensor tensor) => (long)tensor.DataPointer();
}
