using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Engine.Tests;

public sealed class BlockGroupTests
{
    private static readonly SequenceLayout Layout = new(SequenceOrder.Zigzag, 16, 2);

    [Test]
    public void All_pairs_of_some_queries_and_keys_are_one_call_in_the_order_of_the_row()
    {
        BlockTask[] blocks = [Block(0, RowPart.Whole, 0), Block(0, RowPart.Whole, 1), Block(1, RowPart.Whole, 0), Block(1, RowPart.Whole, 1)];

        var groups = BlockGroup.Of(blocks, Layout, AttentionOrder.Full, 0);

        // Chunks 0 and 3 are rank 0's, 1 and 2 rank 1's.
        RowSpan[] row = [new(0, RowPart.First), new(1, RowPart.Whole), new(0, RowPart.Second)];
        Assert.That(groups, Has.Count.EqualTo(1));
        Assert.That(groups[0].Queries, Is.EqualTo(row));
        Assert.That(groups[0].Keys, Is.EqualTo(row));
    }

    [Test]
    public void Pairs_that_the_order_hides_do_not_keep_blocks_apart()
    {
        BlockTask[] blocks = [Block(0, RowPart.Whole, 0), Block(0, RowPart.Second, 1), Block(1, RowPart.Whole, 1), new(1, RowPart.Whole, 0, RowPart.First, HeadPart.All)];

        Assert.That(BlockGroup.Of(blocks, Layout, AttentionOrder.Causal, 0), Has.Count.EqualTo(1));
        Assert.That(BlockGroup.Of(blocks, Layout, AttentionOrder.Full, 0), Has.Count.EqualTo(4), "here the missing pairs would be seen");
    }

    [Test]
    public void Blocks_that_are_no_product_and_blocks_of_other_heads_stay_apart()
    {
        BlockTask[] blocks = [new(0, RowPart.First, 0, RowPart.First, HeadPart.All), new(0, RowPart.Second, 0, RowPart.Second, HeadPart.All), Block(0, RowPart.Whole, 1) with { Heads = new HeadPart(0, 2) }];

        Assert.That(BlockGroup.Of(blocks, Layout, AttentionOrder.Causal, 0), Has.Count.EqualTo(3));
    }

    [Test]
    public void Hidden_blocks_are_none()
    {
        Assert.That(BlockGroup.Of([new(0, RowPart.First, 1, RowPart.Whole, HeadPart.All)], Layout, AttentionOrder.Causal, 0), Is.Empty);
        Assert.That(BlockGroup.Of([Block(0, RowPart.Whole, 1)], new SequenceLayout(SequenceOrder.Zigzag, 1, 2), AttentionOrder.Full, 0), Is.Empty, "no positions");
    }

    [TestCase(0, 8, 4, "0+8:0+2", Description = "whole groups")]
    [TestCase(1, 3, 4, "1+2:0+1", Description = "a part of a group")]
    [TestCase(0, 3, 2, "0+2:0+1 2+1:1+1", Description = "a group and a half")]
    [TestCase(3, 9, 3, "3+6:1+2", Description = "not from the first")]
    [TestCase(2, 8, 3, "2+1:0+1 3+3:1+1 6+2:2+1", Description = "half, whole, half")]
    [TestCase(2, 2, 3, "", Description = "none")]
    public void Heads_fall_into_spans_of_equal_groups(int first, int end, int group, string expected)
    {
        var spans = HeadSpan.Of(first, end, group).Select(span => $"{span.First}+{span.Count}:{span.FirstKey}+{span.KeyCount}");

        Assert.That(string.Join(' ', spans), Is.EqualTo(expected));
    }

    private static BlockTask Block(int queryOwner, RowPart queries, int keyOwner) => new(queryOwner, queries, keyOwner, RowPart.Whole, HeadPart.All);
}
