using Granary.Testing;
using Granary.Torch;

namespace Granary.Distributed.Sequence.Tests;

public sealed class SequenceAttentionTests : TensorFixture
{
    private const double Exact = 1e-12;

    [Test]
    public void A_ring_gives_what_one_device_gives([Values(1, 2, 3, 4, 5, 8)] int ranks, [Values("causal", "full", "segments", "anchors", "hidden")] string law, [Values("ring", "token-ring")] string name)
    {
        using var problem = new AttentionProblem(rows: 2, length: (4 * ranks) + 3, heads: 4, keyHeads: 2, headDim: 3);
        using var posed = new AttentionProblem(rows: 2, length: (4 * ranks) + 3, heads: 4, keyHeads: 2, headDim: 3) { Mask = problem.Law(law) };

        var (actual, _) = posed.Distributed(ranks, Schedules(name, ranks), AxisForm.Exact);

        AssertClose(actual, posed.Dense(), Exact);
    }

    private static AxisSchedules Schedules(string name, int ranks)
    {
        Func<int, bool, SchedulePair> build = name == "ring" ? TableSchedule.Ring : TableSchedule.TokenRing;
        return new AxisSchedules(SequenceOrder.Zigzag, build(ranks, true), build(ranks, false));
    }

    private static void AssertClose(Tensor[] actual, Tensor[] expected, double tolerance)
    {
        foreach (var (index, name) in new[] { "out", "dq", "dk", "dv" }.Index())
        {
            TensorAssert.AreClose(actual[index], expected[index], rtol: 0, tolerance * Math.Max(1, expected[index].abs().max().item()), name);
        }
    }
}
