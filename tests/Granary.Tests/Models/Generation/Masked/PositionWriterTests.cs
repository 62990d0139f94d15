using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Generation.Masked.Tests;

public sealed class PositionWriterTests : TensorFixture
{
    private const int Vocabulary = 40;
    private const int MaskId = 39;

    private static readonly ReadOnlyMemory<long>[] Prompts = [new long[] { 3, 1, 4, 1, 5 }, new long[] { 9, 2, 6 }];

    [TestCase(PositionAsk.Query, WritingOrder.LeftToRight)]
    [TestCase(PositionAsk.Query, WritingOrder.MostConfident)]
    [TestCase(PositionAsk.MaskToken, WritingOrder.LeftToRight)]
    [TestCase(PositionAsk.MaskToken, WritingOrder.MostConfident)]
    [TestCase(PositionAsk.Before, WritingOrder.LeftToRight)]
    public void Rows_are_written_as_each_would_be_alone_position_by_position(PositionAsk ask, WritingOrder order)
    {
        using var model = Build(ask);
        var rows = new OpenRows(Prompts, room: 6);

        new PositionWriter(model, ask, order, MaskId).Write(rows);

        for (var row = 0; row < Prompts.Length; row++)
        {
            Assert.That(rows.KnownPrefix(row).ToArray(), Is.EqualTo(WrittenSlowly(model, ask, order, Prompts[row].ToArray(), room: 6)));
        }
    }

    [Test]
    public void A_row_ends_behind_the_id_that_ends_it_and_others_go_on()
    {
        using var model = Build(PositionAsk.Before);
        var free = new OpenRows(Prompts, room: 6);
        new PositionWriter(model, PositionAsk.Before).Write(free);
        var end = free.KnownPrefix(0)[Prompts[0].Length + 1];

        var rows = new OpenRows(Prompts, room: 6);
        new PositionWriter(model, PositionAsk.Before, endId: end).Write(rows);

        var first = Array.IndexOf(free.KnownPrefix(0).ToArray(), end, Prompts[0].Length) - Prompts[0].Length;
        Assert.That(rows.KnownPrefix(0).ToArray(), Is.EqualTo(free.KnownPrefix(0)[..(Prompts[0].Length + first + 1)].ToArray()));
        Assert.That(rows.KnownPrefix(1).Length, Is.EqualTo(9).Or.EqualTo(1 + Array.IndexOf(free.KnownPrefix(1).ToArray(), end, 3)));
    }

    [Test]
    public void Gaps_between_known_ids_are_filled_and_nothing_else_is_changed()
    {
        using var model = Build(PositionAsk.Query);
        long[] ids = [3, 0, 4, 0, 5, 7, 8, 9, 0, 1];
        var rows = new OpenRows(2, ids, [.. ids.Select(id => id == 0)]);

        new PositionWriter(model, PositionAsk.Query).Write(rows);

        Assert.That(rows.Ids.Where((_, place) => ids[place] != 0), Is.EqualTo(ids.Where(id => id != 0)));
        Assert.That(rows.KnownPrefix(0).Length + rows.KnownPrefix(1).Length, Is.EqualTo(10));
    }

    [Test]
    public void A_model_of_next_tokens_writes_in_no_other_order()
    {
        using var model = Build(PositionAsk.Before);

        Assert.That(() => new PositionWriter(model, PositionAsk.Before, WritingOrder.MostConfident), Throws.ArgumentException.With.Message.Contains("from left to right only"));
    }

    private static LanguageModel Build(PositionAsk ask)
    {
        ModelConfig config = ask == PositionAsk.Query
            ? new PastConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 32, InitializerRange = 0.3 }
            : new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 32, InitializerRange = 0.3 };
        return config.Build(Vocabulary, ahead: null, RandomKey.FromSeed(2), new ComposedKernels());
    }

    // The slow, obvious form: one row, every position asked by itself, dense masks spelled out by rank or segment.
    private static List<long> WrittenSlowly(LanguageModel model, PositionAsk ask, WritingOrder order, long[] prompt, int room)
    {
        var ids = prompt.Concat(Enumerable.Repeat((long)MaskId, room)).ToArray();
        var isOpen = ids.Select((_, column) => column >= prompt.Length).ToArray();
        while (isOpen.Contains(true))
        {
            var open = Enumerable.Range(0, ids.Length).Where(column => isOpen[column]).Take(order == WritingOrder.LeftToRight ? 1 : int.MaxValue);
            var (column, id, _) = open.Select(column => Ask(model, ask, ids, isOpen, column)).MaxBy(answer => answer.Share);
            (ids[column], isOpen[column]) = (id, false);
        }

        return [.. ids];
    }

    private static (int Column, long Id, float Share) Ask(LanguageModel model, PositionAsk ask, long[] ids, bool[] isOpen, int column)
    {
        using var recording = torch.no_grad();
        var ranks = torch.tensor(isOpen.Select(open => open ? 1 : 0).ToArray(), [1, ids.Length]);
        var mask = ask switch
        {
            PositionAsk.Query => AttentionMask.Ranked(torch.zeros([1, ids.Length], ScalarType.Int32), ranks),
            PositionAsk.MaskToken => AttentionMask.Full,
            _ => AttentionMask.Causal(),
        };
        var hidden_TC = model.Hidden(new ModelInput(torch.tensor(ids, [1, ids.Length]), mask));
        var shares = model.Logits(hidden_TC.narrow(0, ask == PositionAsk.Before ? column - 1 : column, 1)).softmax(-1).view(-1).data<float>().ToArray();
        var best = Array.IndexOf(shares, shares.Max());
        return (column, best, shares[best]);
    }
}
