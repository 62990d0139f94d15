using Granary.Models.Language;
using Granary.Training.Objectives;

namespace Granary.Training.Tests;

public sealed class StepLossTests
{
    [Test]
    public void A_single_head_is_reported_alone_and_as_it_was_summed()
    {
        var target = Target(HeadCall.Main, denominator: 4);
        var losses = Losses(target);

        losses.Add(target, 0.1);
        losses.Add(target, 0.2);

        Assert.That(losses.Main, Is.EqualTo(0.1 + 0.2));
        Assert.That(losses.Others(), Is.Empty);
    }

    [Test]
    public void Beside_further_heads_the_main_one_counts_and_the_total_is_told_too()
    {
        var (main, ahead) = (Target(HeadCall.Main, denominator: 4), Target(HeadCall.Ahead(2), denominator: 2) with { Coefficient = 0.5 });
        var losses = Losses(main, ahead);

        // Sums of 8 and 6 nats, scaled by 1/4 and 0.5/2.
        losses.Add(main, 2);
        losses.Add(ahead, 1.5);

        Assert.That(losses.Main, Is.EqualTo(2).Within(1e-12));
        Assert.That(losses.Total, Is.EqualTo(3.5));
        Assert.That(losses.Others().ToDictionary(), Is.EquivalentTo(new Dictionary<string, double> { ["total"] = 3.5, ["ahead.2"] = 3 }));
    }

    [Test]
    public void Losses_of_one_name_are_one_mean_over_all_plans()
    {
        var (first, second) = (Target(HeadCall.Main, denominator: 3), Target(HeadCall.Main, denominator: 1));
        var law = new LossLaw([Plan(first), Plan(second)]);

        Assert.That(law.ScaleOf(first), Is.EqualTo(0.25));
        Assert.That(law.ScaleOf(second), Is.EqualTo(0.25));
    }

    [Test]
    public void A_name_without_labels_has_the_scale_zero()
    {
        var target = Target(HeadCall.Main, denominator: 0);

        Assert.That(new LossLaw([Plan(target)]).ScaleOf(target), Is.Zero);
    }

    private static StepLoss Losses(params ObjectiveTarget[] targets)
    {
        return new StepLoss(new LossLaw([Plan(targets)]));
    }

    private static ObjectivePlan Plan(params ObjectiveTarget[] targets)
    {
        return new ObjectivePlan([new ObjectiveView { Rows = 1, Length = 1, Inputs = new long[1], Mask = MaskLaw.Causal, Targets = targets }]);
    }

    private static ObjectiveTarget Target(string head, double denominator)
    {
        return new ObjectiveTarget { Head = head, Labels = new long[1], Denominator = denominator };
    }
}
