using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class TensorKeeperTests
{
    [TestCase(4, 200_000, Description = "tiny tensors: the managed objects bring the collector")]
    [TestCase(1_000_000, 2_000, Description = "8 GB in tensors of 4 MB: the collector is told")]
    public void Unscoped_tensors_are_freed_by_the_collector(long elements, int count)
    {
        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var made = 0; made < count; made++)
            {
                torch.zeros(elements);
            }
        }, rounds: 1);

        // The finalizer thread may lag behind by some hundred tensors on a busy machine.
        Assert.That(growth, Is.LessThan(2_000L << 20));
    }

    [Test]
    public void A_tensor_that_is_used_is_not_collected()
    {
        for (var count = 0; count < 200; count++)
        {
            var x = torch.full([1_000], count);
            var sum = x.view(10, 100).transpose(0, 1).contiguous().sum();
            GC.Collect(0);

            Assert.That(sum.item(), Is.EqualTo(1_000.0 * count));
        }
    }

    [Test]
    public void A_view_keeps_the_memory_of_a_tensor_that_was_disposed()
    {
        var x = torch.arange(10);
        var view = x.narrow(0, 3, 2);
        x.Dispose();

        TensorAssert.HasValues(view, [3, 4]);
    }
}
