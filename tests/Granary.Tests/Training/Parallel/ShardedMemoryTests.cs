using Granary.Distributed;
using Granary.Models.Llama;
using Granary.Torch;

namespace Granary.Training.Parallel.Tests;

public sealed class ShardedMemoryTests
{
    private const int Ranks = 4;

    // Blocks of memory are up to an eighth larger than what is asked for, and small ones are not counted.
    private const double Tolerance = 0.15;

    // Sixteen blocks, so that the two or three that full sharding holds at a time are few.
    private static readonly LlamaConfig Model = new() { HiddenSize = 128, IntermediateSize = 512, NumHiddenLayers = 16, NumAttentionHeads = 2, NumKeyValueHeads = 2, MaxPositionEmbeddings = 16 };

    [TestCase(Sharding.None, 1.0, 1.0, Description = "every rank holds parameters, mean and mean square")]
    [TestCase(Sharding.Optimizer, 1.0, 1.0 / Ranks)]
    [TestCase(Sharding.Full, 1.0 / Ranks, 1.0 / Ranks)]
    public void Between_steps_a_rank_keeps_what_its_mode_says(Sharding sharding, double parameters, double eachMoment)
    {
        var live = Measure(sharding).Live;

        var bytes = sizeof(float) * (double)Model.SpecOf(RankedRun.Vocabulary, ahead: null).ParameterCount();
        Assert.That(live, Is.EqualTo(Ranks * bytes * (parameters + (2 * eachMoment))).Within(100 * Tolerance).Percent);
    }

    [Test]
    public void Within_a_step_each_mode_needs_less_than_the_one_before()
    {
        var peaks = new[] { Sharding.None, Sharding.Optimizer, Sharding.Full }.Select(sharding => Measure(sharding).Peak).ToList();

        Assert.That(peaks[1], Is.LessThan(0.75 * peaks[0]));
        Assert.That(peaks[2], Is.LessThan(0.75 * peaks[1]));
    }

    // Of all ranks, which are threads of this process: what is live between two steps, and the most within one.
    private static (double Live, double Peak) Measure(Sharding sharding)
    {
        Collect();
        var before = torch.memory().Live;
        var (live, peak) = (0L, 0L);
        var run = new RankedRun
        {
            Model = Model,
            TokensPerStep = 64,
            TotalSteps = 4,
            BeforeStep = (step, parallel) => AtRest(parallel, () =>
            {
                (live, peak) = step == 3 ? (torch.memory().Live, torch.memory().Peak) : (live, peak);
                torch.reset_peak_memory();
            }),
        };

        run.Together(Ranks, sharding);

        return (live - before, peak - before);
    }

    private static void AtRest(DataParallel parallel, Action measure)
    {
        using var scope = torch.NewDisposeScope();
        parallel.Parameters.Settle();
        parallel.World.barrier().wait();
        if (parallel.World.rank == 0)
        {
            Collect();
            measure();
        }

        parallel.World.barrier().wait();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
