using System.Runtime.CompilerServices;
using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class FactoriesTests : TensorFixture
{
    [Test]
    public void A_tensor_over_an_array_shares_its_memory()
    {
        var array = new float[6];

        var x = torch.from_array(array, 2, 3);
        array[5] = 4;
        x.select(0, 0).fill_(1);

        Assert.That(x.sum().item(), Is.EqualTo(7));
        Assert.That(array, Is.EqualTo(new float[] { 1, 1, 1, 0, 0, 4 }));
    }

    [Test]
    public void The_array_stays_where_it_is_until_the_last_view_is_gone()
    {
        var (view, reference) = ViewOfNewArray();
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            TensorAssert.HasValues(view, [1, 2]);
        }

        Assert.That(reference.IsAlive);

        view.Dispose();
        GC.Collect();
        Assert.That(reference.IsAlive, Is.False);
    }

    [Test]
    public void A_shape_has_to_fit_the_array()
    {
        var thrown = Assert.Throws<ArgumentException>(() => torch.from_array(new float[6], 2, 2));

        Assert.That(thrown.Message, Does.Contain("An array of '6' elements cannot have the shape [2, 2]"));
        Assert.Throws<TorchException>(() => torch.from_array(new float[6], -2, -3));
        Assert.Throws<NotSupportedException>(() => torch.from_array(new char[6], 6));
    }

    [Test]
    public void A_failed_wrap_frees_the_pin_once()
    {
        for (var count = 0; count < 1_000; count++)
        {
            Assert.Throws<TorchException>(() => torch.from_array(new float[6], -2, -3));
        }

        // A pin that was freed twice would now belong to one of these.
        var tensors = Enumerable.Range(0, 1_000).Select(value => torch.from_array([(float)value], 1)).ToArray();
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Assert.That(tensors.Select(tensor => tensor.item()), Is.EqualTo(Enumerable.Range(0, 1_000).Select(value => (double)value)));
    }

    [Test]
    public void Values_have_to_fit_the_shape()
    {
        var thrown = Assert.Throws<ArgumentException>(() => torch.tensor([1f, 2f], [3]));

        Assert.That(thrown.Message, Does.Contain("There are '2' values"));
    }

    [Test]
    public void Factories_fill_as_they_say()
    {
        TensorAssert.HasValues(torch.zeros(2), [0, 0]);
        TensorAssert.HasValues(torch.ones([2], ScalarType.Int64), [1, 1]);
        TensorAssert.HasValues(torch.full([2], 2.5), [2.5, 2.5]);
        TensorAssert.HasValues(torch.eye(2), [1, 0, 0, 1]);
        TensorAssert.HasValues(torch.arange(3), [0, 1, 2]);
        TensorAssert.HasValues(torch.arange(5, 0, -2), [5, 3, 1]);
        TensorAssert.HasValues(torch.stack([torch.zeros(1), torch.ones(1)]), [0, 1]);
        TensorAssert.HasValues(torch.where(torch.tensor([true, false]), torch.ones(2), torch.zeros(2)), [1, 0]);
        TensorAssert.HasValues(torch.einsum("i,j->ij", torch.arange(2), torch.arange(3)), [0, 0, 0, 0, 1, 2]);
        Assert.That(torch.empty([2, 0]).numel(), Is.Zero);
        Assert.That(torch.ones([2], requires_grad: true).requires_grad);
        Assert.That(torch.tensor([1f], type: ScalarType.Float64, requires_grad: true).is_leaf);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Tensor View, WeakReference Reference) ViewOfNewArray()
    {
        var array = new float[] { 0, 1, 2, 3 };
        using var whole = torch.from_array(array, 4);
        return (whole.narrow(0, 1, 2), new WeakReference(array));
    }
}
