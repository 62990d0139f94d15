using Granary.Testing;
using Granary.Torch;

namespace Granary.Distributed.Units.Tests;

public sealed class ParameterUnitTests
{
    private const int Ranks = 3;

    [Test]
    public void Parts_are_equal_and_hold_every_element_once()
    {
        var runs = RankHarness.Run(Ranks, world =>
        {
            using var scope = torch.NewDisposeScope();
            using var unit = new ParameterUnit(Parameters(), world, ownsPart: false);
            return unit.RunsIn(world.rank, unit.Whole, offset: 0).SelectMany(run => run.Elements.to_array<float>()).ToArray();
        });

        Assert.That(runs.SelectMany(run => run), Is.EqualTo(Enumerable.Range(0, 75)));
        Assert.That(runs.Select(run => run.Length), Is.EqualTo(new[] { 32, 32, 11 }), "parts of whole cache lines, the padding behind the last parameter");
    }

    [Test]
    public void A_parameter_keeps_its_shape_and_values_and_lies_in_the_unit()
    {
        RankHarness.Run(Ranks, world =>
        {
            using var scope = torch.NewDisposeScope();
            var parameters = Parameters();
            using var unit = new ParameterUnit(parameters, world, ownsPart: false);

            using (torch.no_grad())
            {
                unit.Whole.narrow(0, 70, 1).fill_(-1);
            }

            Assert.That(parameters[0].Parameter.to_array<float>(), Is.EqualTo(Enumerable.Range(0, 70)));
            Assert.That(parameters[1].Parameter.to_array<float>(), Is.EqualTo(new[] { -1f, 71, 72, 73, 74 }));
        });
    }

    [Test]
    public void What_was_freed_comes_back_from_the_parts()
    {
        RankHarness.Run(Ranks, world =>
        {
            using var scope = torch.NewDisposeScope();
            var parameters = Parameters();
            using var unit = new ParameterUnit(parameters, world, ownsPart: true);
            unit.FreeWhole();

            unit.BeginGathering(world);
            unit.Gathering!.wait();
            unit.EndGathering();

            Assert.That(parameters[0].Parameter.to_array<float>(), Is.EqualTo(Enumerable.Range(0, 70)));
        });
    }

    [Test]
    public void Gradients_are_summed_and_a_parameter_without_one_counts_as_zero()
    {
        var sums = RankHarness.Run(Ranks, world =>
        {
            using var scope = torch.NewDisposeScope();
            var parameters = Parameters();
            using var unit = new ParameterUnit(parameters, world, ownsPart: false);
            parameters[0].Parameter.grad = torch.full([7, 10], world.rank + 1);

            unit.BeginReduction(world, keepsAll: false).wait();
            unit.EndReduction(keepsAll: false);

            Assert.That(unit.HasGradient, Is.EqualTo(new[] { true, false }));
            Assert.That(parameters[0].Parameter.grad, Is.Null);
            return unit.PartGradients!.to_array<float>();
        });

        Assert.That(sums.SelectMany(part => part), Is.EqualTo(Enumerable.Range(0, Ranks * 32).Select(element => element < 70 ? 6 : 0)));
    }

    private static List<(string Name, Tensor Parameter)> Parameters()
    {
        return
        [
            ("weight", torch.arange(70, ScalarType.Float32).view(7, 10).detach().clone().requires_grad_()),
            ("bias", torch.arange(70, 75, type: ScalarType.Float32).requires_grad_()),
        ];
    }
}
