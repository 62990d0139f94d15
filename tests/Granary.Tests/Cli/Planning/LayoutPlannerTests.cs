using Granary.Core.Configuration;
using Granary.Distributed;
using Granary.Distributed.Planning;
using Granary.Models.Decoder;
using Granary.Testing;

namespace Granary.Cli.Planning.Tests;

public sealed class LayoutPlannerTests
{
    private static readonly RunConfig Run = ConfigurationFile.Load<RunConfig>(Path.Combine(Repository.Root, "configs", "demo.yaml"), []);

    private const double SavingBytes = 15e6;

    private static DecoderSpec PlannerSpec => (DecoderSpec)Run.Model.SpecOf(2048, Run.Objective.Needs.Ahead);

    [Test]
    public void Every_split_is_listed_with_every_sharding()
    {
        var layouts = PlannerFor(Clusters.Named("h200")).For(4);

        Assert.That(layouts.Select(layout => (layout.Data, layout.Sequence)).Distinct(), Is.EqualTo(new[] { (4, 1), (2, 2), (1, 4) }));
        Assert.That(layouts, Has.Count.EqualTo(9));
        Assert.That(layouts.Select(layout => layout.Reason), Has.All.Null);
    }

    [Test]
    public void Rows_that_do_not_divide_are_said_to_be_why()
    {
        // Four rows of 512 tokens a step.
        var layouts = PlannerFor(Clusters.Named("h200")).For(8);

        Assert.That(layouts.Where(layout => layout.Data == 8).Select(layout => layout.Reason), Has.All.StartsWith("4 rows of 512 tokens a step do not divide among 8 data ranks"));
        Assert.That(LayoutPlanner.Choose(layouts)!.Sequence, Is.GreaterThan(1));
    }

    [Test]
    public void Too_little_memory_is_said_to_be_why()
    {
        var layouts = PlannerFor(Clusters.Named("h200") with { MemoryBytes = 1e6 }).For(2);

        Assert.That(layouts.Select(layout => layout.Reason), Has.All.Match("^a rank needs .* GB but has 0.0 GB$"));
        Assert.That(LayoutPlanner.Choose(layouts), Is.Null);
    }

    [Test]
    public void Sharding_divides_what_it_names()
    {
        var layouts = PlannerFor(Clusters.Named("h200")).For(4).Where(layout => layout.Sequence == 1).ToDictionary(layout => layout.Sharding, layout => layout.Bytes!);

        Assert.That(layouts[Sharding.Optimizer].Optimizer, Is.EqualTo(layouts[Sharding.None].Optimizer / 4));
        Assert.That(layouts[Sharding.Full].Parameters, Is.LessThan(layouts[Sharding.None].Parameters));
    }

    [Test]
    public void The_first_rank_holds_a_copy_of_what_it_saves()
    {
        var layout = PlannerFor(Clusters.Named("h200")).For(2)[0];

        Assert.That(layout.Bytes!.FirstRankTotal - layout.Bytes.Total, Is.EqualTo((12.0 * PlannerSpec.ParameterCount()) + SavingBytes));
    }

    [Test]
    public void The_copy_needs_room_only_where_tensors_are_in_main_memory()
    {
        var needed = PlannerFor(Clusters.Named("h200")).For(2)[0].Bytes!.Total;
        var tight = Clusters.Named("h200") with { MemoryBytes = needed + 1 };

        Assert.That(PlannerFor(tight).For(2)[0].RowsPerMicrobatch, Is.EqualTo(2));
        Assert.That(PlannerFor(tight with { IsMainMemory = true }).For(2)[0].RowsPerMicrobatch, Is.EqualTo(1));
    }

    private static LayoutPlanner PlannerFor(ClusterDescription cluster)
    {
        return new LayoutPlanner(Run, PlannerSpec, length: 512, cluster);
    }
}
