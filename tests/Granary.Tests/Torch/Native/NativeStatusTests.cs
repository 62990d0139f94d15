using Granary.Testing;

namespace Granary.Torch.Native.Tests;

public sealed class NativeStatusTests : TensorFixture
{
    [Test]
    public void Memory_that_cannot_be_had_is_a_torch_exception()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.empty([1L << 46]));

        Assert.That(thrown.Message, Does.Contain("memory").And.Contain("aten::empty"));
    }

    [Test]
    public void A_size_that_overflows_is_a_torch_exception()
    {
        Assert.Throws<TorchException>(() => torch.empty([1L << 62, 8]));
        Assert.Throws<TorchException>(() => torch.empty([-1]));
    }

    [Test]
    public void An_index_out_of_range_is_a_torch_exception()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.ones(2, 3).select(0, 2));

        Assert.That(thrown.Message, Does.Contain("index 2 out of range"));
        Assert.Throws<TorchException>(() => torch.ones(2, 3).index_select(0, torch.tensor([5L])));
        Assert.Throws<TorchException>(() => torch.nn.functional.embedding(torch.tensor([9L]), torch.ones(3, 2)));
    }

    [Test]
    public void An_argument_that_does_not_fit_is_a_torch_exception()
    {
        var thrown = Assert.Throws<TorchException>(() => Granary.Torch.Operators.Operator.Find("aten::neg").Call(3L));

        Assert.That(thrown.Message, Does.StartWith("argument 0 does not fit the schema"));
    }

    [Test]
    public void The_message_has_no_native_stack()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.ones(2).matmul(torch.ones(3)));

        Assert.That(thrown.Message, Does.Not.Contain("frame #0"));
        Assert.That(thrown.NativeMessage, Is.EqualTo(thrown.Message));
    }

    [Test]
    public void Work_goes_on_after_a_failure()
    {
        Assert.Throws<TorchException>(() => torch.empty([1L << 46]));

        TensorAssert.HasValues(torch.ones(2).add(torch.ones(2)), [2, 2]);
    }
}
