using Granary.Distributed.Sequence;

namespace Granary.Distributed.Planning.Tests;

public sealed class ScheduleSimulatorTests
{
    // Speed-ups of TokenRing over Ring, forward, backward and both, worked out apart for a half-masked block at every step and
    // bytes without statistics; few wide heads make lse and delta as small here.
    [TestCase(LinkKind.Port, 8, 450, 550, 1, 1, 0.99, 1.35, 1.20)]
    [TestCase(LinkKind.Port, 8, 450, 550, 1, 2, 1.04, 1.25, 1.17)]
    [TestCase(LinkKind.Port, 8, 450, 550, 1, 4, 1.00, 1.04, 1.03)]
    [TestCase(LinkKind.Port, 8, 450, 550, 1, 8, 1.00, 1.02, 1.01)]
    [TestCase(LinkKind.Port, 8, 450, 550, 4, 1, 0.40, 0.57, 0.50)]
    [TestCase(LinkKind.Port, 8, 450, 550, 4, 2, 0.66, 1.01, 0.88)]
    [TestCase(LinkKind.Port, 8, 450, 550, 4, 4, 1.00, 1.01, 1.01)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 1, 1, 1.52, 1.85, 1.73)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 1, 2, 1.56, 1.86, 1.75)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 1, 4, 1.60, 1.83, 1.75)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 1, 8, 1.61, 1.44, 1.50)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 1, 16, 1.00, 1.05, 1.03)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 4, 1, 0.42, 0.49, 0.46)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 4, 4, 0.46, 0.67, 0.59)]
    [TestCase(LinkKind.Mesh, 8, 64, 400, 4, 8, 0.90, 0.99, 0.96)]
    [TestCase(LinkKind.Port, 32, 50, 550, 1, 1, 1.00, 1.35, 1.21)]
    [TestCase(LinkKind.Port, 32, 50, 550, 1, 8, 1.01, 1.35, 1.21)]
    [TestCase(LinkKind.Port, 32, 50, 550, 1, 16, 1.01, 1.33, 1.20)]
    [TestCase(LinkKind.Port, 32, 50, 550, 4, 1, 0.27, 0.35, 0.32)]
    [TestCase(LinkKind.Port, 32, 50, 550, 4, 8, 0.31, 0.51, 0.43)]
    [TestCase(LinkKind.Port, 32, 50, 550, 4, 16, 0.61, 0.99, 0.84)]
    public void TokenRing_gains_on_a_ring_what_the_model_says(LinkKind kind, int ranks, double gigabytes, double teraflops, int group, int thousands, double forward, double backward, double both)
    {
        // All queries see all keys, at twice the rate: the cost of a causal block, with bytes that are not trimmed.
        var cluster = ClusterOf(kind, gigabytes * 1e9, efficiency: 0.8, latency: 10e-6, flops: 2 * teraflops * 1e12);
        var problem = new SequenceProblem(ranks, 1024L * thousands * ranks, IsCausal: false, new AttentionSizes(1, 4, 4 / group, 1024, 2, 2));
        var seconds = new[] { "ring", "token-ring" }.Select(name => (Forward: SecondsOf(problem, cluster, name, isBackward: false), Backward: SecondsOf(problem, cluster, name, isBackward: true))).ToList();

        Assert.That(seconds[0].Forward / seconds[1].Forward, Is.EqualTo(forward).Within(0.01));
        Assert.That(seconds[0].Backward / seconds[1].Backward, Is.EqualTo(backward).Within(0.01));
        Assert.That((seconds[0].Forward + seconds[0].Backward) / (seconds[1].Forward + seconds[1].Backward), Is.EqualTo(both).Within(0.01));
    }

    [TestCase(LinkKind.Mesh, 4, 480, 240, 400, 160, 1120, 800, 640)]
    [TestCase(LinkKind.Mesh, 8, 1120, 560, 720, 160, 2400, 1760, 1280)]
    [TestCase(LinkKind.Port, 4, 480, 480, 480, 480, 1120, 800, 720)]
    public void Transfers_alone_take_the_milliseconds_of_the_closed_forms(LinkKind kind, int ranks, double ring, double bidirectional, double token, double allGather, double ringBack, double burstBack, double tokenBack)
    {
        // One rank's queries take 80 ms over a link.
        var problem = new SequenceProblem(ranks, 8 * ranks, IsCausal: false, new AttentionSizes(1, 2, 2, 1 << 20));
        var cluster = ClusterOf(kind, 8.0 * 2 * (1 << 20) * 4 / 0.080, efficiency: 1, latency: 0, flops: double.PositiveInfinity);
        double Milliseconds(string name, bool isBackward) => 1e3 * SecondsOf(problem, cluster, name, isBackward);

        Assert.That(
            new[] { Milliseconds("ring", false), Milliseconds("bidirectional-ring", false), Milliseconds("token-ring", false), Milliseconds("all-gather", false) },
            Is.EqualTo(new[] { ring, bidirectional, token, allGather }).Within(0.01));
        Assert.That(
            new[] { Milliseconds("ring", true), Milliseconds("burst", true), Milliseconds("token-ring", true) },
            Is.EqualTo(new[] { ringBack, burstBack, tokenBack }).Within(0.01));
    }

    [TestCase("ulysses", 2.8)]
    [TestCase("token-ring", 8.4)]
    [TestCase("ring", 14.7)]
    public void An_attention_on_a_mesh_of_eight_takes_the_milliseconds_of_the_model(string name, double expected)
    {
        var problem = new SequenceProblem(8, 8 * 2048, IsCausal: false, new AttentionSizes(1, 32, 32, 128, 2, 2));
        var cluster = ClusterOf(LinkKind.Mesh, 64e9, efficiency: 0.8, latency: 10e-6, flops: 800e12);

        var milliseconds = 1e3 * (SecondsOf(problem, cluster, name, isBackward: false) + SecondsOf(problem, cluster, name, isBackward: true));

        Assert.That(milliseconds, Is.EqualTo(expected).Within(0.1));
    }

    [Test]
    public void Ranks_looked_at_stand_for_all([ValueSource(typeof(SequenceScheduleNames), nameof(SequenceScheduleNames.All))] string name, [Values(24, 64)] int ranks, [Values("h200", "mi300x", "h100-cards")] string cluster)
    {
        var problem = new SequenceProblem(ranks, 16L * ranks, IsCausal: true, new AttentionSizes(1, 64, 8, 16, 2, 2));
        if (problem.WhyNot(name) is { } reason)
        {
            Assert.Pass(reason);
        }

        var order = SequenceSchedulesOrder(name);
        var description = Clusters.Named(cluster) with { AttentionFlops = 1e9 };
        var (some, all) = (new ScheduleSimulator(problem, description, allRanks: 0), new ScheduleSimulator(problem, description, allRanks: ranks));

        Assert.That(some.Run(problem.Forward(name, order), order), Is.EqualTo(all.Run(problem.Forward(name, order), order)));
        Assert.That(some.Run(problem.Backward(name, name, order), order), Is.EqualTo(all.Run(problem.Backward(name, name, order), order)));
    }

    [Test]
    public void A_port_that_takes_turns_is_as_slow_as_all_that_passes_it()
    {
        var problem = new SequenceProblem(4, 32, IsCausal: false, new AttentionSizes(1, 2, 2, 1024));
        var (full, half) = (ClusterOf(LinkKind.Port, 1e9, 1, 0, double.PositiveInfinity), ClusterOf(LinkKind.HalfDuplexPort, 1e9, 1, 0, double.PositiveInfinity));

        Assert.That(SecondsOf(problem, half, "ring", isBackward: false), Is.EqualTo(2 * SecondsOf(problem, full, "ring", isBackward: false)).Within(1e-12));
    }

    [Test]
    public void A_ring_over_nodes_is_as_slow_as_the_cards_between_them()
    {
        var problem = new SequenceProblem(16, 16 * 64, IsCausal: false, new AttentionSizes(1, 8, 8, 64, 2, 2));
        var h200 = Clusters.Named("h200") with { AttentionFlops = double.PositiveInfinity };
        var cards = h200 with { InsideNode = h200.BetweenNodes!, BetweenNodes = null };

        Assert.That(SecondsOf(problem, h200, "ring", isBackward: false), Is.EqualTo(SecondsOf(problem, cards, "ring", isBackward: false)).Within(1e-12));
    }

    [TestCase("ring", 2, Description = "the keys that are used and those that come")]
    [TestCase("all-gather", 7, Description = "those of all others")]
    public void Ranks_hold_of_others_what_a_step_uses_and_what_it_brings(string name, int shares)
    {
        var problem = new SequenceProblem(8, 8 * 4, IsCausal: false, new AttentionSizes(1, 2, 2, 4));

        var cost = new ScheduleSimulator(problem, Clusters.Named("h200")).Run(problem.Forward(name, SequenceOrder.Contiguous), SequenceOrder.Contiguous);

        Assert.That(cost.BufferBytes, Is.EqualTo(shares * 2 * 4 * 2 * 4 * 4));
    }

    private static double SecondsOf(SequenceProblem problem, ClusterDescription cluster, string name, bool isBackward)
    {
        var schedule = isBackward ? problem.Backward(name, name, SequenceOrder.Contiguous) : problem.Forward(name, SequenceOrder.Contiguous);
        return new ScheduleSimulator(problem, cluster).Run(schedule, SequenceOrder.Contiguous).Seconds;
    }

    private static SequenceOrder SequenceSchedulesOrder(string name)
    {
        return Sequence.Schedules.SequenceSchedules.OrderFor(name, name, isCausal: true)!.Value;
    }

    private static ClusterDescription ClusterOf(LinkKind kind, double bytesPerSecond, double efficiency, double latency, double flops)
    {
        return new()
        {
            Name = "test",
            InsideNode = new() { Kind = kind, BytesPerSecond = bytesPerSecond, Efficiency = efficiency, LatencySeconds = latency },
            AttentionFlops = flops,
            MatrixFlops = flops,
            MemoryBytes = 1,
            MemoryBytesPerSecond = 1,
        };
    }
}
