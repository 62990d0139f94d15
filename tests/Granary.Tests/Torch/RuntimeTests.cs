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
    public void Memory_of_tensors_is_counted_kept_and_given_back()
    {
        const long Bytes = 256L << 20;
        torch.reset_peak_memory();
        var before = torch.memory();

        var x = torch.zeros(Bytes / 4);
        var during = torch.memory();
        x.Dispose();
        var after = torch.memory();
        torch.release_memory();

        Assert.That(during.Live - before.Live, Is.InRange(Bytes, Bytes * 9 / 8));
        Assert.That(after.Live, Is.LessThanOrEqualTo(before.Live + (16 << 20)));
        Assert.That(after.Peak - before.Live, Is.InRange(Bytes, Bytes * 9 / 8));
        Assert.That(after.Kept, Is.GreaterThanOrEqualTo(Bytes));
        Assert.That(torch.memory().Kept, Is.LessThan(16L << 20));
    }

    [Test]
    public void A_freed_block_serves_the_next_tensor_of_its_size()
    {
        var x = torch.zeros(1_000_000);
        var address = Address(x);
        x.Dispose();

        Assert.That(Address(torch.zeros(990_000)), Is.EqualTo(address));
    }

    [Test]
    public void Sizes_of_all_kinds_keep_their_contents()
    {
        // One block for each size class from 4 bytes to 64 MiB, taken, freed and taken again.
        for (var round = 0; round < 2; round++)
        {
            using var scope = torch.NewDisposeScope();
            var tensors = Enumerable.Range(0, 160).Select(step => torch.full([(long)Math.Pow(1.11, step)], step)).ToArray();

            for (var step = 0; step < tensors.Length; step++)
            {
                Assert.That(tensors[step].eq(step).all().item_int64(), Is.EqualTo(1));
                Assert.That(Address(tensors[step]) % 64, Is.Zero);
            }
        }
    }

    [Test]
    public void Memory_kept_is_bounded_by_what_was_in_use()
    {
        torch.release_memory();
        torch.reset_peak_memory();
        for (var step = 0; step < 40; step++)
        {
            torch.zeros((step + 1) * 1_000_000).Dispose();
        }

        var use = torch.memory();
        Assert.That(use.Live + use.Kept, Is.LessThanOrEqualTo(use.Peak * 3 / 2));
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

    private static unsafe long Address(Tensor tensor) => (long)tensor.DataPointer();

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
