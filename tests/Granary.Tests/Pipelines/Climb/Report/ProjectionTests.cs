using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Report.Tests;

public sealed class ProjectionTests
{
    private const double Rounding = 1e-9;

    private static readonly IReadOnlyList<double>[] Mixtures = [.. Enumerable.Range(0, 30).Select(Mixture)];

    [Test]
    public void No_direction_shows_more_of_the_variation_than_the_first()
    {
        var projection = new Projection(Mixtures);
        var first = Variance(Mixtures.Select(mixture => projection.PlaceOf(mixture).X));

        for (var draw = 0; draw < 200; draw++)
        {
            var direction = Enumerable.Range(0, 5).Select(place => RandomKey.FromSeed(9).Fold(draw).DoubleAt(place) - 0.5).ToArray();
            var length = Math.Sqrt(direction.Sum(value => value * value));
            var other = Variance(Mixtures.Select(mixture => mixture.Select((weight, place) => Math.Sqrt(weight) * direction[place] / length).Sum()));
            Assert.That(other, Is.LessThanOrEqualTo(first + Rounding));
        }
    }

    [Test]
    public void The_directions_are_unrelated_and_their_shares_are_those_of_the_variation()
    {
        var projection = new Projection(Mixtures);
        var places = Mixtures.Select(mixture => projection.PlaceOf(mixture)).ToList();
        var whole = Enumerable.Range(0, 5).Sum(column => Variance(Mixtures.Select(mixture => Math.Sqrt(mixture[column]))));

        Assert.That(places.Sum(place => place.X * place.Y), Is.Zero.Within(Rounding));
        Assert.That(projection.Shares[0], Is.EqualTo(Variance(places.Select(place => place.X)) / whole).Within(Rounding));
        Assert.That(projection.Shares[1], Is.EqualTo(Variance(places.Select(place => place.Y)) / whole).Within(Rounding));
    }

    [Test]
    public void Equal_mixtures_and_a_single_component_have_a_place_too()
    {
        Assert.That(new Projection([Mixtures[0], Mixtures[0]]).PlaceOf(Mixtures[0]), Is.EqualTo((0.0, 0.0)));
        Assert.That(new Projection([[1.0], [1.0]]).PlaceOf([1.0]), Is.EqualTo((0.0, 0.0)));
    }

    private static double[] Mixture(int index)
    {
        var raw = Enumerable.Range(0, 5).Select(place => Math.Pow(RandomKey.FromSeed(8).Fold(index).DoubleAt(place), 2)).ToList();
        return [.. raw.Select(value => value / raw.Sum())];
    }

    private static double Variance(IEnumerable<double> values)
    {
        var list = values.ToList();
        return list.Sum(value => (value - list.Average()) * (value - list.Average()));
    }
}
