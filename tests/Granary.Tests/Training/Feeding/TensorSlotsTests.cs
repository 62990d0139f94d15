using Granary.Testing;

namespace Granary.Training.Feeding.Tests;

public sealed class TensorSlotsTests : TensorFixture
{
    [Test]
    public void Every_round_fills_the_tensors_of_the_first()
    {
        using var slots = new TensorSlots();
        var ids = slots.Next<long>([1, 2, 3, 4], 2, 2);
        var scale = slots.Next<double>([0.5]);

        slots.Rewind();
        var again = slots.Next<long>([5, 6, 7, 8], 2, 2);
        slots.Next<double>([0.25]);

        Assert.That(again, Is.SameAs(ids));
        Assert.That(ids.to_array<long>(), Is.EqualTo(new long[] { 5, 6, 7, 8 }));
        Assert.That(scale.item(), Is.EqualTo(0.25));
        Assert.That(scale.ndim, Is.Zero);
    }

    [Test]
    public void Slots_outlive_the_scope_they_are_made_in()
    {
        using var slots = new TensorSlots();
        using (Torch.torch.NewDisposeScope())
        {
            slots.Next<int>([7], 1);
        }

        slots.Rewind();

        Assert.That(slots.Next<int>([8], 1).to_array<int>(), Is.EqualTo(new[] { 8 }));
    }
}
