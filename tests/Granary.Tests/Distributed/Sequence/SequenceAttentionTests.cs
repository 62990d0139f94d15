using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Tests;

public sealed class SequenceAttentionTests : TensorFixture
{
    private const double Exact = 1e-12;

    // bfloat16 keeps 8 bits; what an axis may add to a single device's error is the rounding of partial results.
    private const double HalfFactor = 2;
    private const double HalfFloor = 1e-5;

    // Sums that hop are rounded at each of three hops where they do not travel wide, which a single device never does.
    private const double HoppingHalfFactor = 3;

    // Exponentials of such logits differ by 43 powers of ten, so every merge has to hold its largest.
    private const double Fifty = 50;

    private static readonly string[] Laws = ["causal", "full", "segments", "ranked", "anchors", "hidden"];

    private static readonly string[] Names =
    [
        "ring", "bidirectional-ring", "token-ring", "pair", "burst", "ulysses", "all-gather", "token-ring-ulysses", "token-ring/burst", "ring/ulysses", "all-gather/token-ring",
    ];

    private static readonly int[] RankCounts = [1, 2, 3, 4, 5, 8];

    [Test]
    public void The_tests_own_tables_give_what_one_device_gives([Values(1, 2, 3, 4)] int ranks, [Values("causal", "full")] string law, [Values] bool areQueriesMoving)
    {
        Func<int, bool, SchedulePair> build = areQueriesMoving ? TableSchedule.TokenRing : TableSchedule.Ring;

        VerifyExact(new AxisSchedules(SequenceOrder.Zigzag, build(ranks, true), build(ranks, false)), ranks, law, (4, 2), (4 * ranks) + 3);
    }

    [Test]
    public void Every_schedule_gives_what_one_device_gives([ValueSource(nameof(Names))] string name, [ValueSource(nameof(RankCounts))] int ranks)
    {
        // Laws, groups of heads and ragged lengths take turns; the whole matrix is slow.
        var turn = Array.IndexOf(Names, name) + Array.IndexOf(RankCounts, ranks);
        (int, int)[] heads = [(8, 8), (8, 2), (8, 1), (6, 3)];
        foreach (var law in new[] { "causal", Laws[1 + (turn % (Laws.Length - 1))] })
        {
            VerifyNamed(name, ranks, law, heads[turn % heads.Length], (4 * ranks) + (turn % 4), rows: 1 + (turn % 2));
        }
    }

    [Test]
    [Category("Slow")]
    public void Every_schedule_is_exact_under_every_law([ValueSource(nameof(Names))] string name, [ValueSource(nameof(RankCounts))] int ranks, [ValueSource(nameof(Laws))] string law)
    {
        foreach (var heads in new[] { (8, 8), (8, 2), (8, 1), (6, 3), (9, 3) })
        {
            foreach (var length in new[] { 1, ranks, (2 * ranks) - 1, (6 * ranks) + 1, 8 * ranks })
            {
                VerifyNamed(name, ranks, law, heads, length, rows: 1 + (length % 2));
            }
        }
    }

    [Test]
    public void Rows_shorter_than_the_chunks_leave_ranks_with_nothing_and_stay_exact([ValueSource(nameof(Names))] string name)
    {
        VerifyNamed(name, ranks: 4, "causal", (4, 4), length: 3, rows: 2);
        VerifyNamed(name, ranks: 4, "anchors", (4, 4), length: 1, rows: 1);
    }

    [Test]
    public void Contiguous_positions_under_a_causal_law_stay_exact([Values("ulysses", "all-gather", "pair")] string name, [Values(2, 3, 4)] int ranks)
    {
        var schedules = AxisSchedules.Named("pair", "pair", ranks, 4, 2);
        var mask = new Schedules.SequenceMask(IsCausal: true, SequenceOrder.Contiguous);
        var pair = new SchedulePair(Schedules.SequenceSchedules.Forward(name, ranks, mask, 4, 2), Schedules.SequenceSchedules.Backward(name, ranks, mask, 4, 2));

        VerifyExact(schedules with { Causal = pair }, ranks, "segments", (4, 2), (5 * ranks) + 2);
    }

    [Test]
    public void The_bytes_sent_are_those_of_the_table([ValueSource(nameof(Names))] string name, [Values(4, 6)] int ranks)
    {
        using var problem = new AttentionProblem(rows: 2, length: (6 * ranks) + 1, heads: 8, keyHeads: 2, headDim: 8);
        var schedules = Named(name, ranks, (8, 2));
        var layout = new SequenceLayout(schedules.Order, problem.Length, ranks);

        var (_, bytes) = problem.Distributed(ranks, schedules, AxisForm.Fused);

        var sizes = new AttentionSizes(Batch: 2, Heads: 8, KeyHeads: 2, HeadDim: 8);
        Assert.That(bytes, Is.EqualTo(Enumerable.Range(0, ranks).Select(rank => BytesOf(schedules.Causal, rank, layout, sizes))));
    }

    [Test]
    public void The_bytes_sent_are_those_of_the_table_whatever_numbers_travel_as()
    {
        using var problem = new AttentionProblem(rows: 2, length: 25, heads: 8, keyHeads: 2, headDim: 8);
        var schedules = Named("token-ring", 4, (8, 2));
        var layout = new SequenceLayout(schedules.Order, problem.Length, 4);
        var wire = new WireTypes(Outputs: ScalarType.Float32, Gradients: ScalarType.Float32);

        var (_, bytes) = problem.Distributed(4, schedules, AxisForm.Half with { Wire = wire });

        var sizes = new AttentionSizes(Batch: 2, Heads: 8, KeyHeads: 2, HeadDim: 8, ElementBytes: 2, GradientBytes: 4, OutputBytes: 4);
        Assert.That(bytes, Is.EqualTo(Enumerable.Range(0, 4).Select(rank => BytesOf(schedules.Causal, rank, layout, sizes))));
    }

    [Test]
    public void Fused_blocks_are_as_exact_as_float32_lets_them_with_logits_of_fifty([ValueSource(nameof(Names))] string name)
    {
        using var problem = new AttentionProblem(rows: 1, length: 300, heads: 4, keyHeads: 4, headDim: 16).WithLargestLogit(Fifty);
        var expected = problem.Dense();

        var (actual, _) = problem.Distributed(4, Named(name, 4, (4, 4)), AxisForm.Fused);

        Assert.That(problem.LargestLogit(), Is.EqualTo(Fifty).Within(1).Percent);
        AssertClose(actual, expected, outTolerance: 1e-5, tolerance: 2e-5);
    }

    [Test]
    public void Over_Gloo_every_schedule_is_as_exact([ValueSource(nameof(Names))] string name, [Values(2, 4)] int ranks)
    {
        Assume.That(WhyNot(name, ranks, (8, 4)), Is.Null);
        using var problem = new AttentionProblem(rows: 2, length: 130, heads: 8, keyHeads: 4, headDim: 16).WithLargestLogit(Fifty);

        var (actual, _) = problem.Distributed(ranks, Named(name, ranks, (8, 4)), AxisForm.Fused with { Backend = RankBackend.Gloo });

        Assert.That(problem.LargestLogit(), Is.EqualTo(Fifty).Within(1).Percent);
        AssertClose(actual, problem.Dense(), outTolerance: 1e-5, tolerance: 2e-5);
    }

    [Test]
    [Category("Slow")]
    public void Over_Gloo_every_schedule_is_as_exact_under_every_law([ValueSource(nameof(Names))] string name, [Values(1, 3, 5, 8)] int ranks, [ValueSource(nameof(Laws))] string law)
    {
        Assume.That(WhyNot(name, ranks, (8, 8)), Is.Null);
        using var problem = new AttentionProblem(rows: 1, length: 300, heads: 8, keyHeads: 8, headDim: 16).Under(law).WithLargestLogit(Fifty);

        var (actual, _) = problem.Distributed(ranks, Named(name, ranks, (8, 8)), AxisForm.Fused with { Backend = RankBackend.Gloo });

        Assert.That(problem.LargestLogit(), Is.EqualTo(Fifty).Within(1).Percent);
        AssertClose(actual, problem.Dense(), outTolerance: 1e-5, tolerance: 2e-5);
    }

    [Test]
    public void The_same_call_gives_the_same_bits_whatever_the_ranks_wait_for([ValueSource(nameof(Names))] string name)
    {
        using var problem = new AttentionProblem(rows: 2, length: 37, heads: 4, keyHeads: 2, headDim: 8);
        var schedules = Named(name, 4, (4, 2));

        var (first, _) = problem.Distributed(4, schedules, AxisForm.Fused);
        var (second, _) = problem.Distributed(4, schedules, AxisForm.Fused with { Wrap = group => new DelayedProcessGroup(group, seed: 5) });

        foreach (var (one, other) in first.Zip(second))
        {
            TensorAssert.AreEqual(other, one);
        }
    }

    [Test]
    public void A_gradient_of_zero_gives_zeros()
    {
        using var problem = new AttentionProblem(rows: 1, length: 17, heads: 2, keyHeads: 1, headDim: 4) { OutGradient = torch.zeros([1, 17, 2, 4], ScalarType.Float64) };

        var (actual, _) = problem.Distributed(3, Named("token-ring", 3, (2, 1)), AxisForm.Exact);

        Assert.That(actual[1..].Select(gradient => gradient.abs().max().item()), Is.All.Zero);
    }

    [Test]
    public void Bfloat16_is_at_most_twice_as_far_off_as_on_one_device([ValueSource(nameof(Names))] string name, [Values] bool areSumsWide, [Values(10, Fifty)] double largestLogit)
    {
        using var problem = new AttentionProblem(rows: 1, length: 64, heads: 4, keyHeads: 2, headDim: 16).WithLargestLogit(largestLogit).Rounded(ScalarType.BFloat16);
        var expected = problem.Dense();
        var wire = areSumsWide ? new WireTypes(Outputs: ScalarType.Float32, Gradients: ScalarType.Float32) : WireTypes.AsIs;

        var (single, _) = problem.Distributed(1, Named("ring", 1, (4, 2)), AxisForm.Half);
        var (actual, _) = problem.Distributed(4, Named(name, 4, (4, 2)), AxisForm.Half with { Wire = wire });

        Assert.That(problem.LargestLogit(), Is.EqualTo(largestLogit).Within(1).Percent);
        var factor = areSumsWide || !SumsHop(name) ? HalfFactor : HoppingHalfFactor;
        for (var index = 0; index < expected.Length; index++)
        {
            var (error, allowed) = (Error(actual[index], expected[index]), (factor * Error(single[index], expected[index])) + HalfFloor);
            Assert.That(error, Is.LessThanOrEqualTo(allowed), $"result {index}");
        }
    }

    [Test]
    public void Operands_can_travel_as_bfloat16()
    {
        using var problem = new AttentionProblem(rows: 1, length: 64, heads: 4, keyHeads: 2, headDim: 16);
        var schedules = Named("token-ring", 4, (4, 2));

        var (whole, bytes) = problem.Distributed(4, schedules, AxisForm.Fused);
        var (half, halfBytes) = problem.Distributed(4, schedules, AxisForm.Fused with { Wire = new WireTypes(Operands: ScalarType.BFloat16) });

        Assert.That(halfBytes.Sum(), Is.LessThan(bytes.Sum()));
        AssertClose(half, whole, outTolerance: 0.02, tolerance: 0.03);
    }

    [Test]
    public void Ranks_that_call_with_other_shapes_are_told_before_anything_is_sent()
    {
        var bytes = RankHarness.Run(3, group =>
        {
            using var scope = torch.NewDisposeScope();
            var axis = new SequenceAxis(group, Named("ring", 3, (2, 2)), new Blocks.FusedBlockAttention(), comparesCalls: true);
            var heads = group.rank == 1 ? 4 : 2;
            var q = torch.zeros(1, 2, heads, 4);

            Assert.That(
                () => SequenceAttention.Attend(axis, q, q, q, AttentionMask.Causal().Of(axis.SliceOf(6))),
                Throws.TypeOf<Torch.Distributed.DistributedException>().With.Message.Contains("Rank 1 calls attention with query heads '4' where rank 0 has 2"));
            return group.BytesSent;
        });

        Assert.That(bytes, Has.All.EqualTo(2 * 12 * sizeof(long)), "the comparison alone");
    }

    [Test]
    public void A_slice_of_another_rank_and_kernels_for_whole_rows_are_refused()
    {
        RankHarness.Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var axis = new SequenceAxis(group, Named("ring", 2, (1, 1)), new Blocks.FusedBlockAttention());
            var q = torch.zeros(1, 3, 1, 4);
            var mask = AttentionMask.Causal().Of(axis.SliceOf(6) with { Rank = 1 - group.rank });

            Assert.That(() => SequenceAttention.Attend(axis, q, q, q, mask), Throws.ArgumentException.With.Message.Contains("The mask is that of 'AttentionSlice"));
            Assert.That(() => FusedAttention.Forward(q, q, q, mask), Throws.InvalidOperationException.With.Message.Contains("knows whole rows only"));
            Assert.That(() => mask.ToDense(3, 3), Throws.InvalidOperationException);
        });
    }

    // Whether gradients are added up on their way from rank to rank.
    private static bool SumsHop(string name) => SequenceScheduleNames.Split(name).Backward is "ring" or "bidirectional-ring" or "burst";

    private static void VerifyNamed(string name, int ranks, string law, (int Heads, int KeyHeads) heads, int length, long rows)
    {
        // Fewer heads than ranks, or no groups that divide them.
        if (WhyNot(name, ranks, heads) is null)
        {
            VerifyExact(Named(name, ranks, heads), ranks, law, heads, length, rows);
        }
    }

    private static string? WhyNot(string name, int ranks, (int Heads, int KeyHeads) heads)
    {
        var (forward, backward) = SequenceScheduleNames.Split(name);
        return AxisSchedules.WhyNot(forward, backward, ranks, heads.Heads, heads.KeyHeads);
    }

    private static void VerifyExact(AxisSchedules schedules, int ranks, string law, (int Heads, int KeyHeads) heads, int length, long rows = 2)
    {
        using var problem = new AttentionProblem(rows, length, heads.Heads, heads.KeyHeads, headDim: 3).Under(law);

        var (actual, _) = problem.Distributed(ranks, schedules, AxisForm.Exact);

        AssertClose(actual, problem.Dense(), Exact, Exact, $"{schedules.Causal.Forward.Name}, {ranks} ranks, {law}, heads {heads}, length {length}");
    }

    private static AxisSchedules Named(string name, int ranks, (int Heads, int KeyHeads) heads)
    {
        var (forward, backward) = SequenceScheduleNames.Split(name);
        return AxisSchedules.Named(forward, backward, ranks, heads.Heads, heads.KeyHeads);
    }

    private static long BytesOf(SchedulePair pair, int rank, SequenceLayout layout, AttentionSizes sizes)
    {
        return new[] { pair.Forward, pair.Backward }.Sum(schedule =>
            Enumerable.Range(0, schedule.Steps).SelectMany(step => schedule.At(rank, step).Sends).Sum(send => ParcelBytes.Of(send.Parcel, layout, sizes)));
    }

    private static double Error(Tensor actual, Tensor expected) => (actual - expected).abs().max().item();

    private static void AssertClose(Tensor[] actual, Tensor[] expected, double outTolerance, double tolerance, string because = "")
    {
        foreach (var (index, name) in new[] { "out", "dq", "dk", "dv" }.Index())
        {
            var largest = Math.Max(1, expected[index].abs().max().item());
            TensorAssert.AreClose(actual[index], expected[index], rtol: 0, (index == 0 ? outTolerance : tolerance) * largest, $"{name}, {because}");
        }
    }
}
