using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks.Tests;

public sealed class MaskFormTests
{
    private static IEnumerable<TestCaseData> CausalForms()
    {
        yield return new TestCaseData(new[] { (4L, 8L) }, new[] { (0L, 4L) }, 0, MaskKind.Full, 0).SetArgDisplayNames("all keys lie in front");
        yield return new TestCaseData(new[] { (0L, 4L) }, new[] { (4L, 8L) }, 0, MaskKind.Hidden, 0).SetArgDisplayNames("all keys lie behind");
        yield return new TestCaseData(new[] { (4L, 8L) }, new[] { (4L, 8L) }, 0, MaskKind.Causal, 0).SetArgDisplayNames("the same run");
        yield return new TestCaseData(new[] { (4L, 8L) }, new[] { (0L, 8L) }, 0, MaskKind.Causal, 4).SetArgDisplayNames("keys begin in front of the queries");
        yield return new TestCaseData(new[] { (0L, 8L) }, new[] { (4L, 8L) }, 0, MaskKind.Causal, -4).SetArgDisplayNames("some queries see nothing");
        yield return new TestCaseData(new[] { (0L, 2L), (6L, 8L) }, new[] { (0L, 2L), (6L, 8L) }, 0, MaskKind.Causal, 0).SetArgDisplayNames("the same two runs");
        yield return new TestCaseData(new[] { (0L, 2L), (6L, 8L) }, new[] { (2L, 4L) }, 0, MaskKind.Ranked, 0).SetArgDisplayNames("keys between two runs of queries");
        yield return new TestCaseData(new[] { (0L, 2L), (2L, 4L) }, new[] { (0L, 4L) }, 0, MaskKind.Causal, 0).SetArgDisplayNames("neighbouring runs are one");
        yield return new TestCaseData(new[] { (4L, 8L) }, new[] { (4L, 8L) }, -1, MaskKind.Causal, -1).SetArgDisplayNames("an offset of the whole row stays");
        yield return new TestCaseData(new[] { (0L, 2L), (6L, 8L) }, new[] { (0L, 2L), (6L, 8L) }, -1, MaskKind.Ranked, 0).SetArgDisplayNames("an offset is none between the places of two runs");
        yield return new TestCaseData(new[] { (6L, 8L), (0L, 2L) }, new[] { (6L, 8L), (0L, 2L) }, 0, MaskKind.Ranked, 0).SetArgDisplayNames("runs out of order");
        yield return new TestCaseData(new[] { (3L, 3L) }, new[] { (0L, 3L) }, 0, MaskKind.Hidden, 0).SetArgDisplayNames("no queries");
    }

    [TestCaseSource(nameof(CausalForms))]
    public void A_causal_order_takes_its_cheapest_form((long, long)[] queries, (long, long)[] keys, long offset, object kind, long expected)
    {
        var form = MaskForm.Of(AttentionOrder.Causal, offset, new PositionRuns(queries), new PositionRuns(keys));

        Assert.That(form, Is.EqualTo(new MaskForm((MaskKind)kind, expected)));
    }

    [Test]
    public void The_forms_of_all_parts_of_all_ranks_see_what_the_whole_law_sees([Values] SequenceOrder order, [Values(1, 2, 3)] int ranks, [Values(1, 5, 13, 24)] int length, [Values(-2, 0, 1)] int offset)
    {
        var layout = new SequenceLayout(order, length, ranks);
        foreach (var (queries, keys) in from queries in Parts(layout) from keys in Parts(layout) select (queries, keys))
        {
            var form = MaskForm.Of(AttentionOrder.Causal, offset, queries, keys);
            var (queryPositions, keyPositions) = (queries.Positions(), keys.Positions());
            for (var i = 0; i < queryPositions.Length; i++)
            {
                for (var j = 0; j < keyPositions.Length; j++)
                {
                    var isSeen = keyPositions[j] <= queryPositions[i] + offset;
                    Assert.That(Sees(form, i, j, isSeen), Is.EqualTo(isSeen));
                }
            }
        }
    }

    [Test]
    public void Other_orders_do_not_depend_on_positions()
    {
        var (queries, keys) = (new PositionRuns([(0, 2)]), new PositionRuns([(4, 6)]));

        Assert.That(MaskForm.Of(AttentionOrder.Full, 0, queries, keys).Kind, Is.EqualTo(MaskKind.Full));
        Assert.That(MaskForm.Of(AttentionOrder.Ranked, 0, queries, keys).Kind, Is.EqualTo(MaskKind.Ranked));
    }

    private static bool Sees(MaskForm form, int query, int key, bool byRank)
    {
        return form.Kind switch
        {
            MaskKind.Hidden => false,
            MaskKind.Full => true,
            MaskKind.Causal => key <= query + form.Offset,
            _ => byRank,
        };
    }

    private static IEnumerable<PositionRuns> Parts(SequenceLayout layout)
    {
        return from rank in Enumerable.Range(0, layout.Ranks)
               from part in Enum.GetValues<RowPart>()
               select new PositionRuns(layout.RunsOf(rank, part));
    }
}
