using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class FusedEmbeddingTests : TensorFixture
{
    [Test]
    public void Rows_come_by_id_and_gradients_add_up()
    {
        var ids = torch.tensor([1L, 6, 1, 0, 1, 3], [2, 3]);

        KernelComparison.Verify(
            inputs => [FusedEmbedding.Lookup(inputs[0], inputs[1])],
            inputs => [torch.nn.functional.embedding(inputs[1], inputs[0])],
            KernelComparison.Random(7, 21),
            ids);
    }

    [Test]
    public void An_existing_gradient_is_added_to_in_its_place()
    {
        var table = KernelComparison.Random(4, 2).requires_grad_();
        table.grad = torch.ones(4, 2);
        var address = Address(table.grad!);

        FusedEmbedding.Lookup(table, torch.tensor([1L, 3, 1])).sum().backward();

        TensorAssert.HasValues(table.grad!, [1, 1, 3, 3, 1, 1, 2, 2]);
        Assert.That(Address(table.grad!), Is.EqualTo(address));
    }

    [TestCase(true, Description = "the gradient exists")]
    [TestCase(false, Description = "the first backward makes it")]
    public void A_table_tied_to_the_head_gets_both_gradients(bool exists)
    {
        var table = KernelComparison.Random(6, 4).requires_grad_();
        var ids = torch.tensor([2L, 5, 2]);
        table.grad = exists ? torch.zeros(6, 4) : null;
        FusedEmbedding.Lookup(table, ids).matmul(table.t()).square().sum().backward();
        var tied = table.grad!.clone();
        table.grad = null;

        torch.nn.functional.embedding(ids, table).matmul(table.t()).square().sum().backward();

        TensorAssert.AreClose(tied, table.grad!, 1e-5, 1e-5);
    }

    [Test]
    public void A_computed_table_has_its_gradient_passed_on()
    {
        KernelComparison.Verify(
            inputs => [FusedEmbedding.Lookup(inputs[0] * 2.0, inputs[1])],
            inputs => [torch.nn.functional.embedding(inputs[1], inputs[0] * 2.0)],
            KernelComparison.Random(7, 5),
            torch.tensor([1L, 6, 1]));
    }

    [Test]
    public void An_id_outside_of_the_table_is_an_error()
    {
        Assert.Throws<TorchException>(() => FusedEmbedding.Lookup(torch.ones(3, 2), torch.tensor([3L])));
    }

    private static unsafe long Address(Tensor tensor) => (long)tensor.DataPointer();
}
