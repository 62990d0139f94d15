using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Mixtures.Tests;

public sealed class MixtureGridTests
{
    [Test]
    public void A_mixture_of_the_grid_sums_to_1_in_multiples_within_its_bounds([Range(1, 40)] int seed)
    {
        var key = RandomKey.FromSeed(seed);
        double[] bounds = [0.4, 0.25, 1, 0.031, 0.5, 0.002];
        var grid = new MixtureGrid(bounds, 0.01);
        var drawn = DirichletDraws.At([0.3, 0.3, 0.1, 0.5, 0.2, 0.4], key);

        var nearest = grid.Nearest(drawn);

        Assert.That(nearest.Sum(), Is.EqualTo(1).Within(1e-12));
        Assert.That(nearest.Select(weight => Math.Abs((weight * 100) - Math.Round(weight * 100))), Has.All.LessThan(1e-9));
        Assert.That(nearest.Zip(bounds, (weight, bound) => weight - bound), Has.All.LessThanOrEqualTo(1e-9));
    }

    [Test]
    public void A_mixture_that_lies_on_the_grid_stays()
    {
        var grid = new MixtureGrid([1, 1, 1], 0.002);

        Assert.That(grid.Nearest([0.5, 0.298, 0.202]), Is.EqualTo(new[] { 0.5, 0.298, 0.202 }).Within(1e-12));
    }

    [Test]
    public void Weights_below_the_smallest_become_zero()
    {
        var grid = new MixtureGrid([1, 1, 1], 0.01);

        Assert.That(grid.Nearest([0.6, 0.396, 0.004]), Is.EqualTo(new[] { 0.6, 0.4, 0 }).Within(1e-12));
    }

    [Test]
    public void What_is_beyond_a_bound_goes_to_the_others_in_proportion()
    {
        var grid = new MixtureGrid([0.5, 1, 1], 0.01);

        Assert.That(grid.Nearest([0.7, 0.2, 0.1]), Is.EqualTo(new[] { 0.5, 0.33, 0.17 }).Within(1e-12));
    }

    [Test]
    public void Bounds_that_sum_to_1_leave_one_mixture()
    {
        var grid = new MixtureGrid([0.5, 0.3, 0.2], 0.01);

        Assert.That(grid.Nearest([1, 0, 0]), Is.EqualTo(new[] { 0.5, 0.3, 0.2 }).Within(1e-12));
    }

    [Test]
    public void Bounds_narrower_than_the_grid_give_way_by_a_unit()
    {
        var grid = new MixtureGrid([1.0 / 3, 1.0 / 3, 1.0 / 3], 0.1);

        Assert.That(grid.Nearest([1, 0, 0]), Is.EqualTo(new[] { 0.4, 0.3, 0.3 }).Within(1e-12));
    }

    [Test]
    public void No_bound_gives_way_by_more_than_a_unit()
    {
        double[] bounds = [0.19, 0.19, 0.19, 0.19, 0.19, 0.19];
        var grid = new MixtureGrid(bounds, 0.1);

        Assert.That(grid.Nearest([1, 0, 0, 0, 0, 0]), Has.All.LessThanOrEqualTo(0.2 + 1e-12));
    }
}
