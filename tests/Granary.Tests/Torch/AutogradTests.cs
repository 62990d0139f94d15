using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class AutogradTests : TensorFixture
{
    [Test]
    public void Backward_accumulates_into_leaves()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        x.square().sum().backward();
        x.square().sum().backward();

        TensorAssert.HasValues(x.grad!, [4, 8]);
        Assert.That(x.is_leaf);
        Assert.That(x.square().is_leaf, Is.False);
    }

    [Test]
    public void Backward_of_several_roots_sums_up()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        torch.autograd.backward([x.square(), x.sum()], [torch.tensor([1f, 10f]), null]);

        TensorAssert.HasValues(x.grad!, [3, 41]);
    }

    [Test]
    public void A_root_that_is_no_scalar_needs_its_gradient()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        var thrown = Assert.Throws<TorchException>(() => x.square().backward());

        Assert.That(thrown.Message, Does.Contain("scalar"));
    }

    [Test]
    public void Too_few_gradients_are_refused()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        var thrown = Assert.Throws<ArgumentException>(() => torch.autograd.backward([x.sum(), x.sum()], [null]));

        Assert.That(thrown.Message, Does.Contain("There are '1' gradients for 2 tensors"));
        Assert.Throws<ArgumentException>(() => torch.autograd.grad([x.sum()], [x], []));
    }

    [Test]
    public void Grad_leaves_the_leaves_alone()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        var gradients = torch.autograd.grad([x.square().sum()], [x]);

        TensorAssert.HasValues(gradients[0]!, [2, 4]);
        Assert.That(x.grad, Is.Null);
    }

    [Test]
    public void An_unused_input_is_null_where_that_is_allowed()
    {
        var x = torch.tensor([1f], requires_grad: true);
        var unused = torch.tensor([1f], requires_grad: true);

        Assert.That(torch.autograd.grad([x.sum()], [x, unused], allow_unused: true)[1], Is.Null);
        Assert.Throws<TorchException>(() => torch.autograd.grad([x.sum()], [x, unused]));
    }

    [Test]
    public void A_graph_is_walked_twice_only_where_it_is_retained()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);
        var y = x.exp().sum();

        y.backward(retain_graph: true);
        y.backward();

        Assert.Throws<TorchException>(() => y.backward());
    }

    [Test]
    public void Operators_have_second_derivatives()
    {
        var x = torch.tensor([2f], requires_grad: true);

        var first = torch.autograd.grad([x.pow(3).sum()], [x], create_graph: true)[0]!;
        var second = torch.autograd.grad([first.sum()], [x])[0]!;

        TensorAssert.HasValues(second, [12]);
    }

    [Test]
    public void A_value_that_backward_needs_is_not_changed_in_place()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);
        var y = x.exp();
        y.add_(1);

        var thrown = Assert.Throws<TorchException>(() => y.sum().backward());

        Assert.That(thrown.Message, Does.Contain("inplace operation"));
    }

    [Test]
    public void A_write_through_memory_is_seen_where_it_is_counted()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);
        var y = x.exp();
        y.data<float>()[0] = 0;
        y.BumpVersion();

        Assert.Throws<TorchException>(() => y.sum().backward());
    }

    [Test]
    public void The_gradient_can_be_set_and_dropped()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        x.grad = torch.tensor([3f, 4f]);
        x.sum().backward();

        TensorAssert.HasValues(x.grad, [4, 5]);
        x.grad = null;
        Assert.That(x.grad, Is.Null);
    }

    [Test]
    public void A_gradient_of_another_shape_or_type_is_refused()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);

        var thrown = Assert.Throws<TorchException>(() => x.grad = torch.ones(3));

        Assert.That(thrown.Message, Does.Contain("Float[3] on cpu but must be Float[2] on cpu"));
        Assert.Throws<TorchException>(() => x.grad = torch.ones([2], ScalarType.Float64));
        Assert.Throws<TorchException>(() => x.grad = x);
    }

    [Test]
    public void Integers_need_no_gradient()
    {
        Assert.Throws<TorchException>(() => torch.arange(3).requires_grad_());
    }
}
