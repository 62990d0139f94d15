using Granary.Distributed.Sequence;

namespace Granary.Torch.Kernels.Tests;

public sealed class AttentionSliceTests
{
    [Test]
    public void A_slice_is_what_the_layout_gives_a_rank([Values(1, 2, 3, 8)] int ranks, [Values(0, 1, 7, 16, 33)] int length)
    {
        for (var rank = 0; rank < ranks; rank++)
        {
            Assert.That(new AttentionSlice(AttentionSliceOrder.Zigzag, length, ranks, rank).Columns(), Is.EqualTo(new SequenceLayout(SequenceOrder.Zigzag, length, ranks).ColumnsOf(rank)));
            Assert.That(new AttentionSlice(AttentionSliceOrder.Contiguous, length, ranks, rank).Columns(), Is.EqualTo(new SequenceLayout(SequenceOrder.Contiguous, length, ranks).ColumnsOf(rank)));
        }
    }
}
