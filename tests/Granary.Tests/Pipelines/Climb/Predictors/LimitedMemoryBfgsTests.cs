namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class LimitedMemoryBfgsTests
{
    [Test]
    public void Rosenbrocks_valley_is_followed_to_its_end()
    {
        var (at, value) = LimitedMemoryBfgs.Minimise(Rosenbrock, [-1.2, 1, -0.5, 2], 500);

        Assert.That(at, Is.EqualTo(new[] { 1.0, 1, 1, 1 }).Within(1e-3));
        Assert.That(value, Is.LessThan(1e-7));
    }

    [Test]
    public void A_place_where_there_is_no_value_is_not_entered()
    {
        // log x - x has no value below 0, and the first step from 0.1 would lead there.
        var (at, _) = LimitedMemoryBfgs.Minimise(
            (place, gradient) =>
            {
                gradient[0] = (20 * place[0]) - (1 / place[0]);
                return (10 * place[0] * place[0]) - Math.Log(place[0]);
            },
            [5],
            100);

        Assert.That(at[0], Is.EqualTo(Math.Sqrt(1 / 20.0)).Within(1e-4));
    }

    [Test]
    public void No_step_is_made_when_none_is_allowed()
    {
        Assert.That(LimitedMemoryBfgs.Minimise(Rosenbrock, [-1.2, 1], 0).At, Is.EqualTo(new[] { -1.2, 1 }));
    }

    private static double Rosenbrock(ReadOnlySpan<double> at, Span<double> gradient)
    {
        gradient.Clear();
        var value = 0.0;
        for (var i = 0; i + 1 < at.Length; i++)
        {
            var (valley, slope) = (at[i + 1] - (at[i] * at[i]), 1 - at[i]);
            value += (100 * valley * valley) + (slope * slope);
            gradient[i] -= (400 * at[i] * valley) + (2 * slope);
            gradient[i + 1] += 200 * valley;
        }

        return value;
    }
}
