using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Training.Objectives.Tests;

/// <summary>What several holders of the same rows have, each some columns of them.</summary>
public sealed class ObjectiveViewTests : TensorFixture
{
    private static readonly ObjectiveConfig[] Objectives =
    [
        new NextTokenConfig(),
        new MultiTokenConfig { Tokens = 4 },
        new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential },
        new FutureTokenConfig { Tokens = 4, Stride = 5 },
    ];

    private static IEnumerable<TestCaseData> Layouts()
    {
        foreach (var count in new[] { 1, 2, 3, 4, 8 })
        {
            yield return new TestCaseData((object)Contiguous(count)).SetArgDisplayNames($"{count} contiguous slices");
            yield return new TestCaseData((object)Zigzag(count)).SetArgDisplayNames($"{count} zigzag slices");
        }
    }

    [TestCaseSource(nameof(Layouts))]
    public void The_slices_labels_are_together_the_wholes_each_at_its_place(int[][] layout)
    {
        foreach (var whole in Views())
        {
            foreach (var target in whole.Targets)
            {
                var labels = new Dictionary<(int Row, int Column, int Offset), (long Label, float Weight, long Given)>();
                foreach (var columns in layout)
                {
                    Collect(whole.Slice(columns), target, columns, labels);
                }

                var together = new Dictionary<(int Row, int Column, int Offset), (long Label, float Weight, long Given)>();
                Collect(whole, target, [.. Enumerable.Range(0, whole.Length)], together);
                Assert.That(labels, Is.EquivalentTo(together), target.Name);
            }
        }
    }

    [TestCaseSource(nameof(Layouts))]
    public void A_slice_reads_the_wholes_inputs_at_their_positions(int[][] layout)
    {
        foreach (var whole in Views())
        {
            foreach (var columns in layout)
            {
                var slice = whole.Slice(columns);

                int[] places = [.. Enumerable.Range(0, whole.Rows).SelectMany(row => columns.Select(column => (row * whole.Length) + column))];
                Assert.That(slice.Inputs.ToArray(), Is.EqualTo(places.Select(place => whole.Inputs.Span[place])));
                Assert.That(slice.Positions.ToArray(), Is.EqualTo(places.Select(place => whole.Positions.IsEmpty ? place % whole.Length : whole.Positions.Span[place])));
            }
        }
    }

    [TestCaseSource(nameof(Layouts))]
    public void The_law_between_any_two_slices_is_the_wholes_block(int[][] layout)
    {
        var (rows, length) = (ObjectiveCases.Rows, ObjectiveCases.Length);
        foreach (var law in Laws())
        {
            var whole = law.ToMask(rows, length).ToDense(length, length).expand([rows, 1, length, length]);
            foreach (var queries in layout)
            {
                foreach (var keys in layout)
                {
                    var mask = law.Slice(rows, length, queries).ToMask(law.Slice(rows, length, keys), rows, queries.Length, keys.Length);

                    var block = mask.ToDense(queries.Length, keys.Length).expand([rows, 1, queries.Length, keys.Length]);
                    TensorAssert.AreEqual(block, whole.index_select(2, Indices(queries)).index_select(3, Indices(keys)));
                }
            }
        }
    }

    [TestCaseSource(nameof(Layouts))]
    public void Losses_slice_by_slice_from_the_wholes_logits_are_the_wholes_loss(int[][] layout)
    {
        foreach (var whole in Views())
        {
            var law = new LossLaw([new ObjectivePlan([whole])]);
            var sliced = new LossLaw([new ObjectivePlan([.. layout.Select(columns => whole.Slice(columns))])]);
            foreach (var target in whole.Targets)
            {
                var logits = torch.randn([whole.Rows, target.Asked(whole.Length), target.Width, 257]);

                var expected = law.ScaleOf(target) * Loss(logits, target);
                var actual = 0.0;
                foreach (var columns in layout)
                {
                    var part = whole.Slice(columns).Targets.SingleOrDefault(part => part.Name == target.Name);
                    actual += part is null ? 0 : sliced.ScaleOf(part) * Loss(logits.index_select(1, Indices(Asked(target, columns))), part);
                }

                Assert.That(actual, Is.EqualTo(expected).Within(1e-6 * expected), target.Name);
            }
        }
    }

    [Test]
    public void A_slice_of_a_slice_is_that_of_the_whole()
    {
        foreach (var whole in Views())
        {
            var (once, twice) = (whole.Slice([20, 3, 11]), whole.Slice([3, 5, 11, 20, 22]).Slice([3, 0, 2]));

            Assert.That(twice.Inputs.ToArray(), Is.EqualTo(once.Inputs.ToArray()));
            Assert.That(twice.Positions.ToArray(), Is.EqualTo(once.Positions.ToArray()));
            Assert.That(twice.Mask.RankQ.ToArray(), Is.EqualTo(once.Mask.RankQ.ToArray()));
            Assert.That(twice.Targets.SelectMany(target => target.Labels.ToArray()), Is.EqualTo(once.Targets.SelectMany(target => target.Labels.ToArray())));
        }
    }

    [TestCase(-1)]
    [TestCase(ObjectiveCases.Length)]
    public void A_column_that_no_row_has_is_refused(int column)
    {
        var whole = Views().First();

        Assert.Throws<ArgumentOutOfRangeException>(() => whole.Slice([0, column]));
    }

    private static IEnumerable<ObjectiveView> Views()
    {
        return Objectives.SelectMany(objective => new[] { false, true }
            .Select(arePacked => objective.Build().Prepare(ObjectiveCases.RowsOf(arePacked), RandomKey.FromSeed(1)).Views.Single()));
    }

    private static IEnumerable<MaskLaw> Laws()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);
        var ranks = Enumerable.Range(0, ObjectiveCases.Rows * ObjectiveCases.Length).Select(place => (int)RandomKey.FromSeed(5).BelowAt(place, 24)).ToArray();
        byte[] anchors = [.. Enumerable.Range(0, ranks.Length).Select(place => (byte)(place % ObjectiveCases.Length == 0 ? 1 : 0))];
        yield return MaskLaw.Causal;
        yield return MaskLaw.Full;
        yield return MaskLaw.Causal.Within(rows);
        yield return MaskLaw.Causal.Within(rows.Segments, anchors);
        yield return MaskLaw.Ranked(ranks, ranks.Reverse().ToArray()).Within(rows);
    }

    private static int[][] Contiguous(int count)
    {
        return [.. Enumerable.Range(0, count).Select(slice => Between(slice, count))];
    }

    // Slice i of n has parts i and 2n - 1 - i of 2n, so that all have as much to do under a causal law.
    private static int[][] Zigzag(int count)
    {
        return [.. Enumerable.Range(0, count).Select(slice => (int[])[.. Between(slice, 2 * count), .. Between((2 * count) - 1 - slice, 2 * count)])];
    }

    private static int[] Between(int part, int parts)
    {
        var (first, end) = (part * ObjectiveCases.Length / parts, (part + 1) * ObjectiveCases.Length / parts);
        return [.. Enumerable.Range(first, end - first)];
    }

    private static void Collect(ObjectiveView view, ObjectiveTarget of, int[] columns, Dictionary<(int Row, int Column, int Offset), (long Label, float Weight, long Given)> into)
    {
        if (view.Targets.SingleOrDefault(target => target.Name == of.Name) is not { } target)
        {
            return;
        }

        var asked = target.Columns?.ToArray() ?? [.. Enumerable.Range(0, view.Length)];
        for (var place = 0; place < target.Labels.Length; place++)
        {
            var (row, index) = Math.DivRem(place / target.Width, asked.Length);
            var value = (target.Labels.Span[place], target.Weights?.Span[place] ?? 1, target.Given.IsEmpty ? 0 : target.Given.Span[place]);
            into.Add((row, columns[asked[index]], place % target.Width), value);
        }
    }

    // Which of the positions that a target asks fall on some columns, by their place among those it asks.
    private static int[] Asked(ObjectiveTarget target, int[] columns)
    {
        return target.Columns is not { } asked ? columns : [.. columns.Select(column => asked.Span.IndexOf(column)).Where(index => index >= 0)];
    }

    private static Tensor Indices(int[] columns) => torch.tensor(columns).to(ScalarType.Int64);

    private static double Loss(Tensor logits_BAWV, ObjectiveTarget target)
    {
        var losses_M = torch.nn.functional.cross_entropy(logits_BAWV.reshape(-1, 257), torch.tensor(target.Labels.Span), Reduction.None);
        return (target.Weights is { } weights ? losses_M * torch.tensor(weights.Span) : losses_M).to(ScalarType.Float64).sum().item();
    }
}
