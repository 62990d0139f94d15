using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class RuntimeTests : TensorFixture
{
    [Test]
    public void The_version_has_numbers()
    {
        Assert.That(torch.version, Does.Match(@"^\d+\.\d+\.\d+"));
        Assert.That(torch.show_config(), Does.Contain("ATen parallel backend"));
    }

    [Test]
    public void The_number_of_threads_can_be_set()
    {
        var before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(3);
            Assert.That(torch.get_num_threads(), Is.EqualTo(3));
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Test]
    public void No_threads_are_too_few()
    {
        var thrown = Assert.Throws<TorchException>(() => torch.set_num_threads(0));

        Assert.That(thrown.Message, Is.EqualTo("The number of threads is '0' but must be 1 or more."));
    }

    [Test]
    public void A_device_is_written_as_libtorch_writes_it()
    {
        Assert.That(torch.CPU.ToString(), Is.EqualTo("cpu"));
        Assert.That(new Device(DeviceType.CUDA, 1).ToString(), Is.EqualTo("cuda:1"));
        Assert.That(torch.CUDA.ToString(), Is.EqualTo("cuda"));
        Assert.That(torch.zeros([2], device: new Device(DeviceType.Meta)).device.Type, Is.EqualTo(DeviceType.Meta));
    }

    [Test]
    public void A_hundred_thousand_calls_in_a_scope_leave_the_memory_flat()
    {
        Assert.That(ResidentSet.GrowthOf(() => CallInScopes(100_000)), Is.LessThan(8L << 20));
    }

    [Test]
    [Category("Slow")]
    public void Ten_million_calls_in_a_scope_leave_the_memory_flat()
    {
        Assert.That(ResidentSet.GrowthOf(() => CallInScopes(10_000_000)), Is.LessThan(8L << 20));
    }

    private static void CallInScopes(int calls)
    {
        using var outer = torch.NewDisposeScope();
        var x = torch.ones(4, 4);
        for (var made = 0; made < calls; made += 100)
        {
            using var scope = torch.NewDisposeScope();
            for (var count = 0; count < 100; count++)
            {
                x.add(x);
            }
        }
    }
}
