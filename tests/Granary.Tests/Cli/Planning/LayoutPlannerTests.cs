using Granary.Core.Configuration;
using Granary.Distributed;
using Granary.Distributed.Planning;
using Granary.Models.Decoder;
using Granary.Models.Language;
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

    [Test]
    public void Each_policy_of_keeping_is_listed_with_what_it_takes()
    {
        var costs = PlannerFor(Clusters.Named("h200")).For(1)[0].Checkpointings;

        Assert.That(costs.Select(cost => cost.Policy), Is.EqualTo(new[] { ActivationCheckpointing.None, ActivationCheckpointing.Selective, ActivationCheckpointing.Full }));
        Assert.That(costs.Select(cost => cost.Bytes.Activations), Is.Ordered.Descending);
        Assert.That(costs.Select(cost => cost.ExtraShare), Is.Ordered.Ascending.And.All.InRange(0, 1 / 3.0));
    }

    [Test]
    public void The_cheapest_policy_that_fits_is_taken_where_it_is_left_open()
    {
        var costs = PlannerFor(Clusters.Named("h200")).For(1)[0].Checkpointings;

        foreach (var cost in costs)
        {
            var layout = PlannerFor(Clusters.Named("h200") with { MemoryBytes = cost.Bytes.Total }, "training.activation_checkpointing=auto").For(1)[0];

            Assert.That((layout.Checkpointing, layout.RowsPerMicrobatch), Is.EqualTo((cost.Policy, 4)));
            Assert.That(layout.Bytes, Is.EqualTo(cost.Bytes));
        }
    }

    [Test]
    public void Plain_operators_do_not_keep_what_attention_gave()
    {
        var costs = PlannerFor(Clusters.Named("h200"), "training.fused_kernels=false").For(1)[0].Checkpointings;

        Assert.That(costs.Select(cost => cost.Policy), Is.EqualTo(new[] { ActivationCheckpointing.None, ActivationCheckpointing.Full }));
    }

    [Test]
    public void What_is_computed_again_takes_time()
    {
        var (none, full) = (PlannerFor(Clusters.Named("h200")).For(1)[0], PlannerFor(Clusters.Named("h200"), "training.activation_checkpointing=full").For(1)[0]);

        Assert.That(full.StepSeconds / none.StepSeconds, Is.InRange(1.05, 1.34));
    }

    private static LayoutPlanner PlannerFor(ClusterDescription cluster, params string[] overrides)
    {
        var run = overrides.Length == 0 ? Run : ConfigurationFile.Load<RunConfig>(Path.Combine(Repository.Root, "configs", "demo.yaml"), overrides);
        return new LayoutPlanner(run, PlannerSpec, length: 512, cluster);
    }
}
